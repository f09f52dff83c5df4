package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
)

// companyCommand works with companies.
func (p *program) companyCommand() *cli.Command {
	return &cli.Command{
		Name: "company", Usage: "list, show and set companies",
		Action: needSubcommand,
		Commands: append([]*cli.Command{
			{Name: "list", Usage: "list all companies", Flags: []cli.Flag{jsonFlag()}, Action: p.companyList},
			{Name: "show", Usage: "show one company as JSON, secrets masked", ArgsUsage: "COMPANY",
				Flags: []cli.Flag{jsonFlag()}, Action: p.printOne(http.MethodGet, companyPath)},
			{Name: "set", Usage: "store a company's settings from JSON (what `company show` prints, with your changes)",
				ArgsUsage: "COMPANY",
				Description: "With the version that `company show` printed the settings are stored" +
					" only if nobody has changed them since;\nwithout one they are stored in any case.",
				Flags: []cli.Flag{fileFlag()}, Action: p.companySet},
			{Name: "pause", Usage: "keep taking orders, send none to the shop", ArgsUsage: "COMPANY",
				Action: p.companyPause("pause")},
			{Name: "resume", Usage: "send again", ArgsUsage: "COMPANY",
				Action: p.companyPause("resume")},
			{Name: "confirm-account", Usage: "accept that another InSales account stands behind the settings",
				ArgsUsage: "COMPANY", Action: p.printOne(http.MethodPost,
					func(id string) string { return companyPath(id) + "/account/confirm" })},
			{Name: "delete", Usage: "forget a company's settings and secrets", ArgsUsage: "COMPANY",
				Action: p.companyDelete},
			{Name: "refusals", ArgsUsage: "COMPANY", Action: p.companyRefusals,
				Usage: "show the last webhooks that were authentic and became no order; --json with what came",
				Flags: []cli.Flag{jsonFlag(),
					&cli.IntFlag{Name: "limit", Value: 10, Usage: "at most so many, up to 200"},
					&cli.BoolFlag{Name: "erase", Usage: "forget them all"}}},
			{Name: "rotate-secret", ArgsUsage: "COMPANY", Action: p.companyRotate,
				Usage: "make a new secret for the webhooks of INEED.CHAT or of InSales, or for the catalog's feed;" +
					" the old one stays valid for a while",
				Flags: []cli.Flag{&cli.StringFlag{Name: "of", Value: "chat", Usage: "chat, insales or feed"}}},
		}, p.choiceCommands()...),
	}
}

// companyPath is the API's path of a company.
func companyPath(id string) string { return "/companies/" + url.PathEscape(id) }

// sending says whether the company's orders are sent.
func sending(c *api.Company) string {
	switch {
	case c.Orders.Enabled && c.Orders.Paused:
		return "paused"
	case c.Orders.Enabled:
		return "on"
	}
	return "off"
}

// companyList prints a line for each company, with everything that is wrong with it.
func (p *program) companyList(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	return printTable(ctx, p, cmd, "/companies", func(w io.Writer, list api.Page[api.Company]) {
		fmt.Fprintln(w, "COMPANY\tNAME\tSHOP\tORDERS\tPROBLEM")
		for _, c := range list.Items {
			var problems []string
			for _, m := range []*api.Problem{c.Problem, c.IntakeProblem, c.ChatProblem, c.CatalogProblem} {
				if m != nil {
					problems = append(problems, m.Message)
				}
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n",
				c.ID, c.Name, c.Shop.URL, sending(&c), dash(strings.Join(problems, " ")))
		}
	})
}

// companySet stores a company's settings whole.
func (p *program) companySet(ctx context.Context, cmd *cli.Command) error {
	err := p.putFile(ctx, cmd, companyPath)
	refused, is := errors.AsType[*api.Failure](err)
	if !is || refused.Company == nil {
		return err
	}
	// Secrets made by this save are shown now or never.
	fmt.Fprintln(p.Stderr, "The settings are stored, but what could not be switched on is off:")
	stored, wrong := json.Marshal(refused.Company)
	if wrong == nil {
		wrong = p.indent(stored)
	}
	return errors.Join(wrong, err)
}

// companyPause pauses or resumes the sending of a company's orders, as do says, and
// changes nothing else of its settings.
func (p *program) companyPause(do string) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		args, err := arguments(cmd)
		if err != nil {
			return err
		}
		var now api.Company
		if err := p.post(ctx, cmd, companyPath(args[0])+"/"+do, nil, &now); err != nil {
			return err
		}
		note := ""
		if !now.Orders.Enabled {
			note = "; its order sync is off, so none are sent either way"
		}
		fmt.Fprintf(p.Stdout, "company %s is %sd now%s\n", args[0], do, note)
		return nil
	}
}

// companyDelete forgets a company's settings and secrets.
func (p *program) companyDelete(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	return p.call(ctx, cmd, http.MethodDelete, companyPath(args[0]), nil, nil)
}

// companyRefusals lists what the company's chat sent in vain. A table is for a
// person, who has seen them then; JSON may be for a script.
func (p *program) companyRefusals(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	path := companyPath(args[0]) + "/refusals"
	if cmd.Bool("erase") {
		return p.call(ctx, cmd, http.MethodDelete, path, nil, nil)
	}
	page := fmt.Sprintf("%s?limit=%d", path, cmd.Int("limit"))
	unseen := 0
	err = printTable(ctx, p, cmd, page, func(w io.Writer, list api.Refusals) {
		unseen = list.Unseen
		fmt.Fprintln(w, "CAME (UTC)\tANSWERED\tREASON\tORDER\tTYPE\tBYTES\tERRORS")
		for _, r := range list.Items {
			var errs []string
			for _, e := range r.Errors {
				errs = append(errs, e.Field+" ("+e.Rule+")")
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%d\t%s\n", moment(r.At).Format(time.DateTime), r.Status, r.Reason,
				dash(r.OrderID), dash(r.ContentType), r.Size, dash(strings.Join(errs, ", ")))
		}
	})
	if err != nil || unseen == 0 {
		return err
	}
	return p.post(ctx, cmd, path+"/seen", nil, nil)
}

// companyRotate makes a new secret for what comes in. That of the chat is printed,
// because it can be read this once and never again.
func (p *program) companyRotate(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	of := api.Rotate{Of: cmd.String("of")}
	path := companyPath(args[0]) + "/secrets"
	if of.Of == "insales" { // its token stands in a URL that only the shop has to know
		if err := p.post(ctx, cmd, path, of, nil); err != nil {
			return err
		}
		fmt.Fprintln(p.Stdout, "The address of the shop's webhooks has a new token; the old one stays valid for a day.")
		return nil
	}
	return p.printPosted(ctx, cmd, path, of)
}
