package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
)

// orderListCommand lists orders of one company or of all.
func (p *program) orderListCommand() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list orders of a company, or of all, newest first", ArgsUsage: "[COMPANY]",
		Action: p.orderList,
		Flags: []cli.Flag{
			jsonFlag(),
			&cli.StringFlag{Name: "state",
				Usage: "only in this state: new, sending, sent, attention, cancelled, expected, test"},
			&cli.StringFlag{Name: "problem", Usage: "only with this problem's code"},
			&cli.StringFlag{Name: "type", Usage: "only with a problem about this payment or order type"},
			&cli.StringFlag{Name: "q", Usage: "part of an id or number, of a phone, or of the customer's name"},
			&cli.StringFlag{Name: "from", Usage: "accepted then or later: 2026-11-23T12:00:00+03:00, or how long ago: 48h"},
			&cli.StringFlag{Name: "to", Usage: "accepted before: as --from"},
			&cli.BoolFlag{Name: "paid", Usage: "only what is paid; --paid=false: only what is not"},
			&cli.BoolFlag{Name: "noticed", Usage: "only with a notice, or with a report that is parked"},
			&cli.StringFlag{Name: "sort", Usage: "oldest, or waiting: what is not in the shop yet, the oldest first"},
			&cli.StringFlag{Name: "cursor", Usage: "go on where the list before ended"},
			&cli.IntFlag{Name: "limit", Value: 50, Usage: "at most so many, up to 200"},
		},
	}
}

// orderList prints a page of orders, and why new ones wait if they do.
func (p *program) orderList(ctx context.Context, cmd *cli.Command) error {
	if cmd.Args().Len() > 1 {
		return usagef("usage: %s [COMPANY]", cmd.FullName())
	}
	q, err := orderQuery(cmd)
	if err != nil {
		return err
	}
	path, company := "/orders?", cmd.Args().First()
	if company != "" {
		path = companyPath(company) + path
	}
	var list api.Page[api.Order]
	err = printTable(ctx, p, cmd, path+q.Encode(), func(w io.Writer, page api.Page[api.Order]) {
		list = page
		writeOrders(w, list.Items, company)
	})
	if err != nil {
		return err
	}
	if list.Next != "" {
		fmt.Fprintf(p.Stdout, "more: --cursor %s\n", list.Next)
	}
	told := map[string]bool{}
	for _, o := range list.Items {
		if o.State != "new" || told[o.Company] {
			continue
		}
		told[o.Company] = true
		if err := p.printWhyNone(ctx, cmd, o.Company); err != nil {
			return err
		}
	}
	return nil
}

// orderQuery is what the flags of the list ask for.
func orderQuery(cmd *cli.Command) (url.Values, error) {
	q := url.Values{"limit": {strconv.Itoa(cmd.Int("limit"))}}
	for _, name := range []string{"state", "problem", "type", "q", "sort", "cursor"} {
		if v := cmd.String(name); v != "" {
			q.Set(name, v)
		}
	}
	for _, name := range []string{"paid", "noticed"} {
		if cmd.IsSet(name) {
			q.Set(name, strconv.FormatBool(cmd.Bool(name)))
		}
	}
	for _, name := range []string{"from", "to"} {
		if cmd.String(name) == "" {
			continue
		}
		at, err := timeFlag(cmd, name)
		if err != nil {
			return nil, err
		}
		q.Set(name, at)
	}
	return q, nil
}

// timeFlag is a time that may be given as how long ago it was.
func timeFlag(cmd *cli.Command, name string) (string, error) {
	text := cmd.String(name)
	if ago, err := time.ParseDuration(text); err == nil {
		return time.Now().Add(-ago.Abs()).UTC().Format(time.RFC3339), nil
	}
	if _, err := time.Parse(time.RFC3339, text); err != nil {
		return "", usagef("--%s %s: give a time such as 2026-11-23T12:00:00+03:00, or how long ago: 48h", name, text)
	}
	return text, nil
}

// writeOrders writes the lines of the list, with their companies if they are not of one.
func writeOrders(w io.Writer, list []api.Order, company string) {
	head := []string{"ORDER", "NUMBER", "STATE", "INSALES", "STATUS", "TOLD", "ACCEPTED (UTC)", "PROBLEM"}
	if company == "" {
		head = append([]string{"COMPANY"}, head...)
	}
	fmt.Fprintln(w, strings.Join(head, "\t"))
	for i := range list {
		cells := orderCells(&list[i])
		if company == "" {
			cells = append([]string{list[i].Company}, cells...)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
}

// orderCells are what a line of the list says of an order.
func orderCells(o *api.Order) []string {
	problem := "-"
	for _, p := range []*api.Problem{o.ReportProblem, o.Problem} {
		if p != nil {
			problem = p.Message
		}
	}
	return []string{o.ID, dash(o.Number), o.State, dash(o.InSalesNumber), dash(o.Status), dash(o.ReportedStatus),
		moment(o.AcceptedAt).Format(time.DateTime), problem}
}

// printWhyNone says why the company's orders stay where they are, if they do.
func (p *program) printWhyNone(ctx context.Context, cmd *cli.Command, company string) error {
	var c api.Company
	if err := p.get(ctx, cmd, companyPath(company), &c); err != nil {
		return err
	}
	why := map[string]string{"off": "order sync is off", "paused": "sending is paused"}[sending(&c)]
	if c.Problem != nil {
		why = cmp.Or(why, c.Problem.Message)
	}
	if why != "" {
		fmt.Fprintf(screen{p.Stdout}, "new orders of company %s wait: %s\n", company, why)
	}
	return nil
}
