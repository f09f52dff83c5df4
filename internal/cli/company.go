package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
				Action: p.printOne("/companies/")},
			{Name: "set", Usage: "store a company's settings from JSON (what `company show` prints, with your changes)",
				ArgsUsage: "COMPANY",
				Description: "With the version that `company show` printed the settings are stored" +
					" only if nobody has changed them since;\nwithout one they are stored in any case.",
				Flags: []cli.Flag{&cli.StringFlag{Name: "file", Aliases: []string{"f"}, Value: "-",
					Usage: "file with the JSON; - is standard input"}}, Action: p.companySet},
			{Name: "pause", Usage: "keep taking orders, send none to the shop", ArgsUsage: "COMPANY",
				Action: func(ctx context.Context, cmd *cli.Command) error { return p.companyPause(ctx, cmd, true) }},
			{Name: "resume", Usage: "send again", ArgsUsage: "COMPANY",
				Action: func(ctx context.Context, cmd *cli.Command) error { return p.companyPause(ctx, cmd, false) }},
			{Name: "confirm-account", Usage: "accept that another InSales account stands behind the settings",
				ArgsUsage: "COMPANY",
				Action:    p.companyConfirm},
			{Name: "delete", Usage: "forget a company's settings and secrets", ArgsUsage: "COMPANY",
				Action: p.companyDelete},
			{Name: "refusals", ArgsUsage: "COMPANY", Action: p.companyRefusals,
				Usage: "show the last webhooks that were authentic and became no order; --json with what came",
				Flags: []cli.Flag{jsonFlag(), &cli.IntFlag{Name: "limit", Value: 10,
					Usage: "at most so many, up to 200"},
					&cli.BoolFlag{Name: "erase", Usage: "forget them all"}}},
			{Name: "rotate-secret", ArgsUsage: "COMPANY", Action: p.companyRotate,
				Usage: "make a new secret for the webhooks of INEED.CHAT, or of InSales;" +
					" the old one stays valid for a while",
				Flags: []cli.Flag{&cli.StringFlag{Name: "of", Value: "chat", Usage: "chat or insales"}}},
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

func (p *program) companyList(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	if cmd.Bool("json") {
		return p.printJSON(ctx, cmd, http.MethodGet, "/companies", nil)
	}
	var list api.Page[api.Company]
	if err := p.call(ctx, cmd, http.MethodGet, "/companies", nil, &list); err != nil {
		return err
	}
	w := p.table()
	fmt.Fprintln(w, "COMPANY\tNAME\tSHOP\tORDERS\tPROBLEM")
	for _, c := range list.Items {
		var problems []string
		for _, m := range []*api.Problem{c.Problem, c.IntakeProblem, c.ChatProblem, c.CatalogProblem} {
			if m != nil {
				problems = append(problems, m.Message)
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.ID, c.Name, c.Shop.URL, sending(&c), dash(strings.Join(problems, " ")))
	}
	return w.Flush()
}

func (p *program) companySet(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	text, err := p.readFile(cmd.String("file"))
	if err != nil {
		return err
	}
	err = p.printJSON(ctx, cmd, http.MethodPut, companyPath(args[0]), text)
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

// companyPause changes that one setting.
func (p *program) companyPause(ctx context.Context, cmd *cli.Command, paused bool) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	do := map[bool]string{true: "/pause", false: "/resume"}[paused]
	var now api.Company
	if err := p.call(ctx, cmd, http.MethodPost, companyPath(args[0])+do, nil, &now); err != nil {
		return err
	}
	note := ""
	if !now.Orders.Enabled {
		note = "; its order sync is off, so none are sent either way"
	}
	fmt.Fprintf(p.Stdout, "company %s is %s now%s\n", args[0],
		map[bool]string{true: "paused", false: "resumed"}[paused], note)
	return nil
}

func (p *program) companyConfirm(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	return p.printJSON(ctx, cmd, http.MethodPost, companyPath(args[0])+"/account/confirm", nil)
}

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
	if cmd.Bool("json") {
		return p.printJSON(ctx, cmd, http.MethodGet, page, nil)
	}
	var list api.Refusals
	if err := p.call(ctx, cmd, http.MethodGet, page, nil, &list); err != nil {
		return err
	}
	w := p.table()
	fmt.Fprintln(w, "CAME (UTC)\tANSWERED\tREASON\tORDER\tTYPE\tBYTES\tERRORS")
	for _, r := range list.Items {
		var errs []string
		for _, e := range r.Errors {
			errs = append(errs, e.Field+" ("+e.Rule+")")
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%d\t%s\n", moment(r.At).Format(time.DateTime), r.Status, r.Reason,
			dash(r.OrderID), dash(r.ContentType), r.Size, dash(strings.Join(errs, ", ")))
	}
	if err := w.Flush(); err != nil || list.Unseen == 0 {
		return err
	}
	return p.call(ctx, cmd, http.MethodPost, path+"/seen", nil, nil)
}

func (p *program) companyRotate(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	body, err := json.Marshal(api.Rotate{Of: cmd.String("of")})
	if err != nil {
		return err
	}
	path := companyPath(args[0]) + "/secrets"
	if cmd.String("of") == "insales" { // nobody needs to know that one
		if err := p.call(ctx, cmd, http.MethodPost, path, body, nil); err != nil {
			return err
		}
		fmt.Fprintln(p.Stdout, "The address of the shop's webhooks has a new token; the old one stays valid for a day.")
		return nil
	}
	return p.printJSON(ctx, cmd, http.MethodPost, path, body)
}
