package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
)

// Each command is a call of the API or two. What changes an order prints
// the order as it is afterwards or says what was done; whether it is possible is the
// server's to say. A test order has a namespace of its own, so that each command that
// names one takes --test.

// orderCommand works with orders.
func (p *program) orderCommand() *cli.Command {
	test := &cli.BoolFlag{Name: "test", Usage: "a test order"}
	act := func(action, usage string) *cli.Command {
		return &cli.Command{Name: action, Usage: usage, ArgsUsage: "COMPANY ORDER", Flags: []cli.Flag{test},
			Action: func(ctx context.Context, cmd *cli.Command) error { return p.orderPost(ctx, cmd, action, nil) }}
	}
	return &cli.Command{
		Name: "order", Usage: "list and show orders, and decide about them",
		Action: needSubcommand,
		Commands: []*cli.Command{
			p.orderListCommand(),
			{Name: "show", Usage: "show one order with its history", ArgsUsage: "COMPANY ORDER",
				Flags: []cli.Flag{jsonFlag(), test,
					&cli.BoolFlag{Name: "bodies",
						Usage: "with what was sent and answered lately, personal data included"}}, Action: p.orderShow},
			{Name: "retry", ArgsUsage: "COMPANY ORDER",
				Usage: "send an order that needs attention, or was cancelled, again; or all with one problem",
				Flags: []cli.Flag{test, &cli.StringFlag{Name: "problem",
					Usage: "all orders that need attention for this problem's code"}}, Action: p.orderRetry},
			act("cancel", "see to it that an order never leaves"),
			{Name: "link", Usage: "say which order of the shop it is", ArgsUsage: "COMPANY ORDER INSALES-ID-OR-ADDRESS",
				Flags: []cli.Flag{test}, Action: p.orderLink},
			{Name: "accept", Usage: "tick off notices, or take a second body as a separate order",
				ArgsUsage: "COMPANY ORDER", Action: p.orderAccept, Flags: []cli.Flag{
					test,
					&cli.StringFlag{Name: "code", Usage: "only notices with this code"},
					&cli.IntFlag{Name: "body", Usage: "the number of the body that becomes an order of its own"},
				}},
			act("refresh", "ask the shop how an order stands"),
			act("report", "tell INEED.CHAT the status again"),
			act("erase", "forget an order's personal data; its key stays"),
			{Name: "preview", Usage: "show what would be sent to InSales; nothing is", ArgsUsage: "COMPANY ORDER",
				Action: p.orderPreview, Flags: []cli.Flag{
					jsonFlag(), test, &cli.StringFlag{Name: "file", Aliases: []string{"f"},
						Usage: "a webhook that nobody has sent; - is standard input"},
				}},
			{Name: "confirm-gone", ArgsUsage: "COMPANY", Action: p.orderConfirmGone,
				Usage: "say that the many orders which disappeared from the shop at a time are cancelled"},
			{Name: "reread", Usage: "read the shop's change feed again; nothing is sent until that is done",
				ArgsUsage: "COMPANY", Action: p.orderReread,
				Flags: []cli.Flag{&cli.StringFlag{Name: "since", Required: true,
					Usage: "from when: 2026-11-23T12:00:00+03:00, or how long ago: 48h"}}},
		},
	}
}

// orderReread has the shop's change feed read again since a time, which may be given
// as how long ago it was.
func (p *program) orderReread(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	since, err := timeFlag(cmd, "since")
	if err != nil {
		return err
	}
	if err := p.post(ctx, cmd, companyPath(args[0])+"/orders/reread", api.Reread{Since: since}, nil); err != nil {
		return err
	}
	var c api.Company
	if err := p.get(ctx, cmd, companyPath(args[0]), &c); err != nil {
		return err
	}
	note := ""
	if sending(&c) == "off" {
		note = ", once order sync is on"
	}
	fmt.Fprintf(p.Stdout, "the change feed is read again since %s%s\n", since, note)
	return nil
}

// orderConfirmGone says that the orders which disappeared from the shop are cancelled.
func (p *program) orderConfirmGone(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	var told api.Confirmed
	if err := p.post(ctx, cmd, companyPath(args[0])+"/orders/gone/confirm", nil, &told); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "orders confirmed: %d\n", told.Confirmed)
	return nil
}

// orderPath is the API's path of the order that a command names.
func orderPath(cmd *cli.Command, action string) (string, error) {
	args, err := arguments(cmd)
	if err != nil {
		return "", err
	}
	path := companyPath(args[0]) + "/orders/" + url.PathEscape(args[1]) + action
	if cmd.Bool("test") {
		path += "?test=true"
	}
	return path, nil
}

// orderShow prints an order with its history. What was sent and answered holds
// personal data, so that it is there only if somebody asks for it.
func (p *program) orderShow(ctx context.Context, cmd *cli.Command) error {
	path, err := orderPath(cmd, "")
	if err != nil {
		return err
	}
	if cmd.Bool("bodies") {
		sep := "?"
		if strings.Contains(path, sep) {
			sep = "&"
		}
		path += sep + "bodies=true"
	}
	if cmd.Bool("json") {
		return p.printJSON(ctx, cmd, http.MethodGet, path, nil)
	}
	var o api.Order
	if err := p.get(ctx, cmd, path, &o); err != nil {
		return err
	}
	p.printOrder(&o)
	if o.State == "new" {
		return p.printWhyNone(ctx, cmd, cmd.Args().First())
	}
	return nil
}

// printOrder prints an order for a person: its state first, then what is wrong, what
// can be done, and its history line by line.
func (p *program) printOrder(o *api.Order) {
	w := screen{p.Stdout}
	fmt.Fprintf(w, "order %s (%s): %s\n", o.ID, dash(o.Number), o.State)
	if o.InSalesURL != "" {
		fmt.Fprintf(w, "in InSales: number %s, %s\n", dash(o.InSalesNumber), o.InSalesURL)
	}
	fmt.Fprintf(w, "status: %s, INEED.CHAT knows: %s\n", dash(o.Status), dash(o.ReportedStatus))
	if o.Problem != nil {
		fmt.Fprintf(w, "problem: %s\n", o.Problem.Message)
	}
	if o.ReportProblem != nil {
		fmt.Fprintf(w, "not reported: %s\n", o.ReportProblem.Message)
	}
	for _, n := range o.Notices {
		fmt.Fprintf(w, "notice: %s (%s)\n", n.Message, n.Code)
	}
	if len(o.Actions) > 0 {
		fmt.Fprintf(w, "possible now: %s\n", strings.Join(o.Actions, ", "))
	}
	for _, e := range o.Events {
		fmt.Fprintf(w, "  %s  %s\n", moment(e.At).Format("2006-01-02 15:04:05.000"),
			cmp.Or(e.Message, e.Kind+" "+pairs(e.Args)))
		for _, part := range []struct{ mark, text string }{{">", e.Request}, {"<", e.Answer}} {
			if part.text != "" {
				fmt.Fprintf(w, "    %s %s\n", part.mark, part.text)
			}
		}
	}
}

// pairs prints arguments in a steady order.
func pairs(m map[string]string) string {
	list := make([]string, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, k+"="+m[k])
	}
	return strings.Join(list, " ")
}

// orderPost has something done with an order and says how it stands then.
func (p *program) orderPost(ctx context.Context, cmd *cli.Command, action string, in any) error {
	path, err := orderPath(cmd, "/"+action)
	if err != nil {
		return err
	}
	var o api.Order
	if err := p.post(ctx, cmd, path, in, &o); err != nil {
		return err
	}
	if action == "erase" {
		fmt.Fprintf(p.Stdout, "the personal data of order %s are erased\n", o.ID)
		return nil
	}
	fmt.Fprintf(p.Stdout, "order %s is %s now\n", o.ID, o.State)
	return nil
}

// orderRetry releases one order, or all with one problem.
func (p *program) orderRetry(ctx context.Context, cmd *cli.Command) error {
	problem := cmd.String("problem")
	if problem == "" {
		return p.orderPost(ctx, cmd, "retry", nil)
	}
	if cmd.Args().Len() != 1 {
		return usagef("usage: ineed-insales order retry COMPANY --problem CODE")
	}
	path := companyPath(cmd.Args().First()) + "/orders/retry"
	var done api.Retried
	if err := p.post(ctx, cmd, path, api.Retry{Problem: problem}, &done); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "%d orders are sent again, %d still wait\n", done.Retried, done.Waiting)
	return nil
}

// orderLink says which order of the shop an order is.
func (p *program) orderLink(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	return p.orderPost(ctx, cmd, "link", api.Link{InSalesID: api.Scalar(args[2])})
}

// orderAccept ticks off notices, or makes an order of its own of a second body.
func (p *program) orderAccept(ctx context.Context, cmd *cli.Command) error {
	in := api.Accept{Code: cmd.String("code"), Body: cmd.Int("body")}
	return p.orderPost(ctx, cmd, "accept", in)
}

// orderPreview shows what would be sent for an order, or for a file.
func (p *program) orderPreview(ctx context.Context, cmd *cli.Command) error {
	name := cmd.String("file")
	if name == "" {
		path, err := orderPath(cmd, "/preview")
		if err != nil {
			return err
		}
		return p.printJSON(ctx, cmd, http.MethodGet, path, nil)
	}
	if cmd.Args().Len() != 1 {
		return usagef("usage: ineed-insales order preview COMPANY --file FILE")
	}
	body, err := p.readFile(name)
	if err != nil {
		return err
	}
	return p.printJSON(ctx, cmd, http.MethodPost, companyPath(cmd.Args().First())+"/orders/preview", body)
}
