package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
	"ineed-insales/internal/locale"
)

// checkCommand tells what works with a company's shop and its chat. It fails if something
// that the company needs does not.
func (p *program) checkCommand() *cli.Command {
	return &cli.Command{Name: "check", Usage: "tell what works and what does not: a company's shop" +
		" (access, rights, payments, deliveries, fields, webhooks), and its chat (messages, signature, clock, statuses)",
		ArgsUsage: "COMPANY", Flags: []cli.Flag{jsonFlag()}, Action: p.check}
}

// check prints what was found. The answer is read twice: as it came,
// for --json, and for whether all is well.
func (p *program) check(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := p.post(ctx, cmd, companyPath(args[0])+"/check", nil, &raw); err != nil {
		return err
	}
	var report api.Check
	if err := api.Decode(raw, &report); err != nil {
		return err
	}
	if cmd.Bool("json") {
		if err := p.indent(raw); err != nil {
			return err
		}
	} else {
		w := p.table()
		for _, f := range report.Items {
			fmt.Fprintf(w, "%s\t%s\n", locale.Text(locale.English, "check.result."+f.Result, nil), f.Title)
			if f.Problem != nil {
				fmt.Fprintf(w, "\t  %s\n", f.Problem.Message)
			}
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if !report.OK {
		return fmt.Errorf("company %s: not everything works that the company needs", args[0])
	}
	return nil
}
