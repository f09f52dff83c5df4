package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/locale"
)

// checkCommand tells what works with a company's shop. It fails if something
// that the company needs does not.
func (p *program) checkCommand() *cli.Command {
	return &cli.Command{Name: "check", Usage: "ask a company's shop what works and what does not: access, rights, payments, deliveries, fields, webhooks",
		ArgsUsage: "COMPANY", Flags: []cli.Flag{jsonFlag()}, Action: p.check}
}

// choiceCommands list what the settings of a company may name.
func (p *program) choiceCommands() []*cli.Command {
	list := func(name, usage string, show func(*program, json.RawMessage) error) *cli.Command {
		return &cli.Command{Name: name, Usage: usage, ArgsUsage: "COMPANY", Flags: []cli.Flag{jsonFlag()},
			Action: func(ctx context.Context, cmd *cli.Command) error { return p.choices(ctx, cmd, name, show) }}
	}
	return []*cli.Command{
		list("payments", "list the shop's payment methods, and what INEED.CHAT has used and nobody has mapped", (*program).showPayments),
		list("deliveries", "list the shop's delivery methods, and what INEED.CHAT has used and nobody has mapped", (*program).showDeliveries),
		list("statuses", "list the shop's custom statuses and what INEED.CHAT is told of each", (*program).showStatuses),
		list("prices", "list the kinds of price that the catalog can be made with", (*program).showPrices),
	}
}

func (p *program) check(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := p.call(ctx, cmd, http.MethodPost, "/companies/"+url.PathEscape(args[0])+"/check", nil, &raw); err != nil {
		return err
	}
	var report struct {
		OK    bool
		Items []struct {
			Title, Result string
			Problem       *struct{ Message string }
		}
	}
	if err := ownWords(raw, &report); err != nil {
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

// choices shows one of the lists.
func (p *program) choices(ctx context.Context, cmd *cli.Command, name string, show func(*program, json.RawMessage) error) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	path := "/companies/" + url.PathEscape(args[0]) + "/" + name
	if cmd.Bool("json") {
		return p.printJSON(ctx, cmd, http.MethodGet, path, nil)
	}
	var raw json.RawMessage
	if err := p.call(ctx, cmd, http.MethodGet, path, nil, &raw); err != nil {
		return err
	}
	return show(p, raw)
}

// A usedType is a type that orders have named and nobody has mapped.
type usedType struct {
	Type, Title string
	Orders      int
}

func (p *program) showPayments(raw json.RawMessage) error {
	var list struct {
		Items []struct {
			ID                  int64
			Title, Type, Margin string
			Mapped              []string
		}
		Unmapped []usedType
	}
	if err := ownWords(raw, &list); err != nil {
		return err
	}
	rows := [][]string{{"ID", "TITLE", "TYPE", "MARGIN %", "INEED.CHAT"}}
	for _, i := range list.Items {
		rows = append(rows, []string{strconv.FormatInt(i.ID, 10), i.Title, i.Type, i.Margin, strings.Join(i.Mapped, ", ")})
	}
	return cmp.Or(p.rows(rows), p.showUsed(list.Unmapped, "orders.payments"))
}

func (p *program) showDeliveries(raw json.RawMessage) error {
	var list struct {
		Items []struct {
			ID                 int64
			Title, Type, Price string
			Pickup, Supported  bool
			Problem            *struct{ Message string }
			Mapped             []string
		}
		Unmapped []usedType
	}
	if err := ownWords(raw, &list); err != nil {
		return err
	}
	rows := [][]string{{"ID", "TITLE", "TYPE", "PRICE", "ADDRESS", "INEED.CHAT"}}
	var unsupported []string
	for _, i := range list.Items {
		address := map[bool]string{true: "no", false: "yes"}[i.Pickup]
		if !i.Supported {
			address = "unsupported"
		}
		if i.Problem != nil {
			unsupported = append(unsupported, i.Problem.Message)
		}
		rows = append(rows, []string{strconv.FormatInt(i.ID, 10), i.Title, i.Type, i.Price, address, strings.Join(i.Mapped, ", ")})
	}
	if err := p.rows(rows); err != nil {
		return err
	}
	for _, text := range unsupported {
		fmt.Fprintln(screen{p.stdout}, text)
	}
	return p.showUsed(list.Unmapped, "orders.deliveries")
}

func (p *program) showStatuses(raw json.RawMessage) error {
	var list struct {
		Items    []struct{ Permalink, Title, System, Status, By string }
		Unmapped []struct {
			Permalink, Title, System string
			Orders                   int
		}
		Defaults map[string]string
	}
	if err := ownWords(raw, &list); err != nil {
		return err
	}
	rows := [][]string{{"PERMALINK", "TITLE", "SYSTEM", "INEED.CHAT", "BY"}}
	for _, i := range list.Items {
		rows = append(rows, []string{i.Permalink, i.Title, i.System, i.Status, i.By})
	}
	if len(list.Items) == 0 { // the shop has none of its own
		for _, system := range slices.Sorted(maps.Keys(list.Defaults)) {
			rows = append(rows, []string{"", "", system, list.Defaults[system], "default"})
		}
	}
	if err := p.rows(rows); err != nil {
		return err
	}
	for _, u := range list.Unmapped {
		fmt.Fprintf(screen{p.stdout}, "not mapped: %q (%s, %s), orders: %d; map it in orders.statuses\n", u.Permalink, dash(u.Title), dash(u.System), u.Orders)
	}
	return nil
}

// rows prints a table; what is empty is a dash.
func (p *program) rows(rows [][]string) error {
	w := p.table()
	for _, row := range rows {
		for i := range row {
			row[i] = dash(strings.ReplaceAll(row[i], "\t", " "))
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

func (p *program) showUsed(list []usedType, setting string) error {
	for _, u := range list {
		if _, err := fmt.Fprintf(screen{p.stdout}, "not mapped: %q (%s), orders: %d; map it in %s\n", u.Type, dash(u.Title), u.Orders, setting); err != nil {
			return err
		}
	}
	return nil
}
