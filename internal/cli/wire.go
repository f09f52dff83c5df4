package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	strict "github.com/go-json-experiment/json"
	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
)

// WireBox is the hidden command of the process in which the server has programs run that
// translate a chat's bodies.
const WireBox = "wire-box"

// wireCommand is about chats that do not speak the contract.
func (p *program) wireCommand() *cli.Command {
	return &cli.Command{Name: "wire", Usage: "translate what a chat posts that does not speak our contract",
		Commands: []*cli.Command{
			{Name: "presets", Usage: "list the programs for chats that are known", Action: p.presets,
				Flags: []cli.Flag{jsonFlag()}},
			{Name: "try", Usage: "show what a program makes of a body; nothing of it is kept", ArgsUsage: "COMPANY",
				Action: p.tryWire,
				Description: "The body comes from --body, a file or - for standard input, or is empty: then the --query of " +
					"the address is what the chat has sent. It fails if what comes out would not be taken.",
				Flags: []cli.Flag{
					jsonFlag(),
					&cli.StringFlag{Name: "preset", Usage: "a shipped program, see wire presets"},
					&cli.StringFlag{Name: "fields", Usage: "a file with a JSON object: of each field of an order where it stands"},
					&cli.StringFlag{Name: "program", Usage: "a file with a program in jq"},
					&cli.StringFlag{Name: "body", Usage: "a file with what the chat has posted; - is standard input"},
					&cli.StringFlag{Name: "type", Usage: "the body's Content-Type (default: by its look)"},
					&cli.StringFlag{Name: "query", Usage: "what stands behind ? in the address"},
				}},
		}}
}

func (p *program) presets(ctx context.Context, cmd *cli.Command) error {
	const path = "/wire/presets"
	if cmd.Bool("json") {
		return p.printJSON(ctx, cmd, http.MethodGet, path, nil)
	}
	var list api.WirePresets
	if err := p.get(ctx, cmd, path, &list); err != nil {
		return err
	}
	for _, preset := range list.Items {
		about, _, _ := strings.Cut(strings.TrimPrefix(preset.Program, "# "), "\n")
		if _, err := fmt.Fprintf(p.Stdout, "%-10s %s\n", preset.Name, about); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) tryWire(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	in := api.WireTrial{Preset: cmd.String("preset"), ContentType: cmd.String("type"), Query: cmd.String("query")}
	for name, to := range map[string]*string{"body": &in.Body, "program": &in.Receive} {
		if file := cmd.String(name); file != "" {
			text, err := p.readFile(file)
			if err != nil {
				return err
			}
			*to = string(text)
		}
	}
	if file := cmd.String("fields"); file != "" {
		text, err := p.readFile(file)
		if err != nil {
			return err
		}
		if err := strict.Unmarshal(text, &in.Fields); err != nil {
			return usagef("--fields %s: %w", file, err)
		}
	}
	var out api.WireResult
	if err := p.post(ctx, cmd, companyPath(args[0])+"/wire/try", in, &out); err != nil {
		return err
	}
	if !cmd.Bool("json") {
		err = p.printTrial(out)
	} else if raw, err := json.Marshal(out); err != nil {
		return err
	} else if err := p.indent(raw); err != nil {
		return err
	}
	if err == nil && len(out.Errors) > 0 {
		err = errors.New("this would not be taken")
	}
	return err
}

func (p *program) printTrial(out api.WireResult) error {
	for _, e := range out.Envelopes {
		if err := p.indent(e); err != nil {
			return err
		}
	}
	if len(out.Envelopes)+len(out.Errors) == 0 {
		_, err := fmt.Fprintln(p.Stdout, "nothing: such a delivery would be ignored")
		return err
	}
	for _, e := range out.Errors {
		if _, err := fmt.Fprintf(p.Stdout, "%s: %s\n", e.Field, e.Message); err != nil {
			return err
		}
	}
	return nil
}
