package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	strict "github.com/go-json-experiment/json"
	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
	"ineed-insales/internal/legible"
)

// WireBox is the hidden command of the process in which the server has programs run that
// translate a chat's bodies.
const WireBox = "wire-box"

// wireCommand is about chats that do not speak the contract.
func (p *program) wireCommand() *cli.Command {
	return &cli.Command{Name: "wire", Usage: "translate what a chat posts that does not speak our contract",
		Action: needSubcommand,
		Commands: []*cli.Command{
			{Name: "presets", Usage: "list the programs for chats that are known", Action: p.presets,
				Flags: []cli.Flag{jsonFlag()}},
			{Name: "show", Usage: "show a company's wire, and how much is unread", ArgsUsage: "COMPANY",
				Action: p.showWire, Flags: []cli.Flag{jsonFlag()}},
			{Name: "unread", ArgsUsage: "COMPANY", Action: p.unread,
				Usage: "list what the chat posted and no program could read yet; --json with what came",
				Flags: []cli.Flag{jsonFlag(), &cli.IntFlag{Name: "limit", Value: 10,
					Usage: "at most so many, up to 200"}}},
			{Name: "replay", Usage: "read what is unread with the wire that the company has now", ArgsUsage: "COMPANY",
				Action: p.replay,
				Flags: []cli.Flag{jsonFlag(), &cli.BoolFlag{Name: "dry-run",
					Usage: "only count what would become of it"}}},
			{Name: "listen", ArgsUsage: "COMPANY", Action: p.listen,
				Usage: "keep the bodies, too, of what comes to the company's address and proves nothing",
				Flags: []cli.Flag{&cli.IntFlag{Name: "hours", Value: 24, Usage: "for so long, up to 24; 0 ends it"}}},
			{Name: "unproven", ArgsUsage: "COMPANY", Action: p.unproven,
				Usage: "list what came to the company's address and did not prove who sent it; --json with bodies",
				Flags: []cli.Flag{jsonFlag(), &cli.BoolFlag{Name: "forget", Usage: "forget all of it"}}},
			{Name: "drop", Usage: "set an unread delivery aside for good", ArgsUsage: "COMPANY NUMBER",
				Action: p.dropUnread},
			{Name: "try", ArgsUsage: "COMPANY",
				Usage:  "show what a wire makes of a body, or of an order's status; nothing is kept or sent",
				Action: p.tryWire,
				Description: "The body comes from --body, a file or - for standard input, or is an --unread delivery, or is " +
					"empty: then the --query of the address is what the chat has sent. Without --preset, --fields and " +
					"--program it is the company's own wire. It fails if what comes out would not be taken. With --order it is " +
					"the request by which the chat would be told how that order stands, by the program --report or the " +
					"company's own; the token is masked in it.",
				Flags: []cli.Flag{
					jsonFlag(),
					&cli.StringFlag{Name: "preset", Usage: "a shipped program, see wire presets"},
					&cli.StringFlag{Name: "fields",
						Usage: "a file with a JSON object: of each field of an order where it stands"},
					&cli.StringFlag{Name: "program", Usage: "a file with a program in jq"},
					&cli.StringFlag{Name: "body", Usage: "a file with what the chat has posted; - is standard input"},
					&cli.Int64Flag{Name: "unread", Usage: "the number of an unread delivery"},
					&cli.StringFlag{Name: "type", Usage: "the body's Content-Type (default: by its look)"},
					&cli.StringFlag{Name: "query", Usage: "what stands behind ? in the address"},
					&cli.StringFlag{Name: "order",
						Usage: "the id of an order: show how the chat is told of its status"},
					&cli.StringFlag{Name: "report", Usage: "a file with the program in jq that tells of it"},
				}},
		}}
}

func (p *program) presets(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
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
	in := api.WireTrial{Preset: cmd.String("preset"), Unread: cmd.Int64("unread"), ContentType: cmd.String("type"),
		Query: cmd.String("query"), Order: cmd.String("order")}
	for name, to := range map[string]*string{"body": &in.Body, "program": &in.Receive, "report": &in.Report} {
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
		err = p.printTrial(out, in.Order != "")
	} else {
		err = p.printValue(out)
	}
	if err == nil && len(out.Errors) > 0 {
		err = errors.New("this would not be taken")
	}
	return err
}

func (p *program) printTrial(out api.WireResult, reports bool) error {
	if r := out.Request; r != nil {
		return p.printRequest(*r)
	}
	if reports && len(out.Errors) == 0 {
		_, err := fmt.Fprintln(p.Stdout, "nothing to tell")
		return err
	}
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

// printRequest prints a request as it would go over the line.
func (p *program) printRequest(r api.WireRequest) error {
	lines := []string{r.Method + " " + r.URL}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		lines = append(lines, name+": "+r.Headers[name])
	}
	if r.Body != "" {
		lines = append(lines, "", r.Body)
	}
	_, err := fmt.Fprintln(p.Stdout, legible.Screen(strings.Join(lines, "\n")))
	return err
}
