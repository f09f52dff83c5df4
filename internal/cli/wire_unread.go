package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
)

// showWire prints how the company's chat is understood.
func (p *program) showWire(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	if cmd.Bool("json") {
		return p.printJSON(ctx, cmd, http.MethodGet, companyPath(args[0]), nil)
	}
	var c api.Company
	if err := p.get(ctx, cmd, companyPath(args[0]), &c); err != nil {
		return err
	}
	w := p.table()
	fmt.Fprintf(w, "auth\t%s\n", c.Chat.Auth)
	wire := c.Chat.Wire
	if wire == nil {
		wire = &api.Wire{Preset: "contract", Catalog: "push"}
	}
	fmt.Fprintf(w, "preset\t%s\ncatalog\t%s\nunread\t%d\n", wire.Preset, wire.Catalog, c.Unread)
	if a := wire.Answer; a != nil {
		fmt.Fprintf(w, "answer\t%d %q\n", a.Status, a.Body)
	}
	for _, name := range slices.Sorted(maps.Keys(wire.Fields)) {
		fmt.Fprintf(w, "fields.%s\t%s\n", name, wire.Fields[name])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for name, text := range map[string]string{"receive": wire.Receive, "report": wire.Report} {
		if text != "" {
			if _, err := fmt.Fprintf(p.Stdout, "\n%s:\n%s\n", name, strings.TrimRight(text, "\n")); err != nil {
				return err
			}
		}
	}
	return nil
}

// unread lists what no program could read yet, the newest first.
func (p *program) unread(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	page := fmt.Sprintf("%s/wire/unread?limit=%d", companyPath(args[0]), cmd.Int("limit"))
	return printTable(ctx, p, cmd, page, func(w io.Writer, list api.UnreadPage) {
		fmt.Fprintln(w, "NUMBER\tCAME (UTC)\tTYPE\tBYTES\tFIELD\tWHY")
		for _, r := range list.Items {
			field, why := "", ""
			if r.Error != nil {
				field, why = r.Error.Field, r.Error.Message
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\n", r.Number, moment(r.At).Format(time.DateTime),
				dash(r.ContentType), len(r.Body), dash(field), dash(why))
		}
	})
}

// replay reads what is unread, until nothing is left that could be read.
func (p *program) replay(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	var sum api.WireReplayed
	for {
		var out api.WireReplayed
		in := api.WireReplay{DryRun: cmd.Bool("dry-run")}
		if err := p.post(ctx, cmd, companyPath(args[0])+"/wire/replay", in, &out); err != nil {
			return err
		}
		read := out.Orders + out.Duplicates + out.Ignored
		out.Orders, out.Duplicates, out.Ignored = out.Orders+sum.Orders, out.Duplicates+sum.Duplicates,
			out.Ignored+sum.Ignored
		sum = out
		if !out.More || in.DryRun || read == 0 {
			break
		}
	}
	if cmd.Bool("json") {
		return p.printValue(sum)
	}
	_, err = fmt.Fprintf(p.Stdout, "orders %d, duplicates %d, ignored %d, still unread %d\n",
		sum.Orders, sum.Duplicates, sum.Ignored, sum.StillUnread)
	if err == nil && sum.FirstError != nil {
		_, err = fmt.Fprintf(p.Stdout, "%d: %s: %s\n", sum.FirstUnread, sum.FirstError.Field, sum.FirstError.Message)
	}
	return err
}

func (p *program) dropUnread(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	return p.call(ctx, cmd, http.MethodDelete, companyPath(args[0])+"/wire/unread/"+args[1], nil, nil)
}

func (p *program) listen(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	var out api.Listens
	err = p.post(ctx, cmd, companyPath(args[0])+"/wire/listen", api.Listen{Hours: int(cmd.Int("hours"))}, &out)
	if err == nil && out.Until != nil {
		_, err = fmt.Fprintf(p.Stdout, "until %s UTC\n", out.Until.UTC().Format(time.DateTime))
	}
	return err
}

// unproven lists what did not prove who sent it, the newest first.
func (p *program) unproven(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	path := companyPath(args[0]) + "/wire/unproven"
	if cmd.Bool("forget") {
		return p.call(ctx, cmd, http.MethodDelete, path, nil, nil)
	}
	return printTable(ctx, p, cmd, path, func(w io.Writer, list api.UnprovenList) {
		fmt.Fprintln(w, "CAME (UTC)\tMETHOD\tTYPE\tBYTES\tHEADERS\tWHY")
		for _, u := range list.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", moment(u.At).Format(time.DateTime), u.Method,
				dash(u.ContentType), u.Size, dash(strings.Join(u.Headers, ", ")), u.Message)
		}
	})
}
