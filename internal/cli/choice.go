package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
)

// Settings name payments, deliveries, statuses and prices of the shop by ids that nobody
// knows by heart. These commands list them, each with what the settings make of it, and
// behind them what the chat has used and nobody has mapped yet.

// choiceCommands list what the settings of a company may name.
func (p *program) choiceCommands() []*cli.Command {
	list := func(name, usage string, show func(*program, fetchFunc) error) *cli.Command {
		return &cli.Command{Name: name, Usage: usage, ArgsUsage: "COMPANY", Flags: []cli.Flag{jsonFlag()},
			Action: func(ctx context.Context, cmd *cli.Command) error { return p.choices(ctx, cmd, name, show) }}
	}
	return []*cli.Command{
		list("payments", "list the shop's payment methods, and what INEED.CHAT has used and nobody has mapped",
			(*program).showPayments),
		list("deliveries", "list the shop's delivery methods, and what INEED.CHAT has used and nobody has mapped",
			(*program).showDeliveries),
		list("statuses", "list the shop's custom statuses and what INEED.CHAT is told of each",
			(*program).showStatuses),
		list("prices", "list the kinds of price that the catalog can be made with", (*program).showPrices),
	}
}

// choices shows one of the lists.
func (p *program) choices(ctx context.Context, cmd *cli.Command, name string,
	show func(*program, fetchFunc) error) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	path := companyPath(args[0]) + "/" + name
	if cmd.Bool("json") {
		return p.printJSON(ctx, cmd, http.MethodGet, path, nil)
	}
	return show(p, func(out any) error { return p.get(ctx, cmd, path, out) })
}

// A fetchFunc gets a list from the server.
type fetchFunc func(out any) error

// showPayments prints the shop's payment methods and what of the chat means each.
func (p *program) showPayments(fetch fetchFunc) error {
	var list api.Choices[api.PaymentChoice, api.UsedType]
	if err := fetch(&list); err != nil {
		return err
	}
	rows := [][]string{{"ID", "TITLE", "TYPE", "MARGIN %", "INEED.CHAT"}}
	for _, i := range list.Items {
		rows = append(rows, []string{strconv.FormatInt(i.ID, 10), i.Title, i.Type, i.Margin,
			strings.Join(i.Mapped, ", ")})
	}
	return cmp.Or(p.rows(rows), p.showUsed(list.Unmapped, "orders.payments"))
}

// showDeliveries prints the shop's delivery methods, and below the table why some of
// them cannot be used.
func (p *program) showDeliveries(fetch fetchFunc) error {
	var list api.Choices[api.DeliveryChoice, api.UsedType]
	if err := fetch(&list); err != nil {
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
		rows = append(rows, []string{strconv.FormatInt(i.ID, 10), i.Title, i.Type, i.Price, address,
			strings.Join(i.Mapped, ", ")})
	}
	if err := p.rows(rows); err != nil {
		return err
	}
	for _, text := range unsupported {
		fmt.Fprintln(screen{p.Stdout}, text)
	}
	return p.showUsed(list.Unmapped, "orders.deliveries")
}

// showStatuses prints the shop's custom statuses and what the chat is told of each.
// For a shop that has none of its own it prints the defaults.
func (p *program) showStatuses(fetch fetchFunc) error {
	var list api.StatusChoices
	if err := fetch(&list); err != nil {
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
		fmt.Fprintf(screen{p.Stdout}, "not mapped: %q (%s, %s), orders: %d; map it in orders.statuses\n", u.Permalink,
			dash(u.Title), dash(u.System), u.Orders)
	}
	return nil
}

// showPrices prints the kinds of price that a catalog can be made with.
func (p *program) showPrices(fetch fetchFunc) error {
	var list api.Page[api.PriceChoice]
	if err := fetch(&list); err != nil {
		return err
	}
	w := p.table()
	fmt.Fprintln(w, "PRICE\tTITLE\tCHOSEN")
	for _, one := range list.Items {
		fmt.Fprintf(w, "%s\t%s\t%s\n", one.Price, one.Title, map[bool]string{true: "yes"}[one.Chosen])
	}
	return w.Flush()
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

// showUsed prints what orders have used and the named setting does not map.
func (p *program) showUsed(list []api.UsedType, setting string) error {
	for _, u := range list {
		if _, err := fmt.Fprintf(screen{p.Stdout}, "not mapped: %q (%s), orders: %d; map it in %s\n", u.Type,
			dash(u.Title), u.Orders, setting); err != nil {
			return err
		}
	}
	return nil
}
