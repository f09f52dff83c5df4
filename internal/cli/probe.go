package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// probeCommand tries at a company's shop what InSales documents nowhere. It fails if
// the probe was interrupted or has left something behind, not if the shop does
// something otherwise: that is what a probe is for.
func (p *program) probeCommand() *cli.Command {
	return &cli.Command{Name: "probe", Usage: "try at a company's shop what InSales documents nowhere",
		ArgsUsage: "COMPANY", Action: p.probe,
		Description: "Without --write it only reads. With --write it creates up to five orders named " +
			"«Проверка связи INEED.CHAT, можно удалить» for the --name, --phone and --email given (your own), " +
			"changes and removes them; the shop may send its own messages about them, and stock is reserved for a moment.",
		Flags: []cli.Flag{
			jsonFlag(),
			&cli.BoolFlag{Name: "write", Usage: "try an order's whole life, and remove it again"},
			&cli.StringFlag{Name: "name", Usage: "of the client of these orders"},
			&cli.StringFlag{Name: "phone", Usage: "of the client of these orders"},
			&cli.StringFlag{Name: "email", Usage: "of the client of these orders"},
			&cli.BoolFlag{Name: "show", Usage: "show the last probe and begin none"},
			&cli.BoolFlag{Name: "clean", Usage: "remove what probes have left in the shop, and begin none"},
		}}
}

func (p *program) probe(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	path := companyPath(args[0]) + "/probe"
	switch {
	case cmd.Bool("clean"):
		err = p.post(ctx, cmd, path+"/clean", nil, nil)
	case !cmd.Bool("show"):
		err = p.post(ctx, cmd, path, api.ProbeRequest{Write: cmd.Bool("write"), Contact: api.ProbeContact{
			Name: cmd.String("name"), Phone: cmd.String("phone"), Email: cmd.String("email")}}, nil)
	}
	if err != nil {
		return err
	}
	last, err := p.probeEnd(ctx, cmd, path)
	if err != nil {
		return err
	}
	switch {
	case cmd.Bool("json"):
		err = p.printJSON(ctx, cmd, http.MethodGet, path, nil)
	case cmd.Bool("clean"):
		err = p.printLeft(last)
	default:
		err = p.printProbe(last)
	}
	if err != nil {
		return err
	}
	switch {
	case len(last.Left) > 0:
		return errors.New("something of the probe is still in the shop")
	case last.State == storage.ProbeInterrupted:
		return errors.New("the probe was interrupted")
	}
	return nil
}

// probeEnd waits until no probe runs.
func (p *program) probeEnd(ctx context.Context, cmd *cli.Command, path string) (api.Probe, error) {
	for {
		var last api.Probe
		if err := p.get(ctx, cmd, path, &last); err != nil || last.State != storage.ProbeRunning {
			return last, err
		}
		select {
		case <-ctx.Done():
			return last, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// reasonReadOnly is the reason of what only writing shows, if nothing may be written.
const reasonReadOnly = "read_only"

// printProbe prints what was found, one assumption a line, and what the connector does
// where the shop does something otherwise. What only writing shows is not listed when
// nothing was written.
func (p *program) printProbe(last api.Probe) error {
	w := p.table()
	counts, unwritten := map[string]int{}, 0
	for _, i := range last.Items {
		counts[i.Verdict]++
		if !last.Write && i.Reason == reasonReadOnly {
			unwritten++
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", verdictWord(i.Verdict), i.Name, i.Title)
		if i.Detail != "" {
			fmt.Fprintf(w, "\t\t  %s\n", i.Detail)
		}
		if i.Verdict == storage.ProbeOtherwise {
			fmt.Fprintf(w, "\t\t  the connector: %s\n", i.IfNot)
		}
	}
	if unwritten > 0 {
		fmt.Fprintf(w, "%s\t%d more\tOnly --write shows them.\n", verdictWord(storage.ProbeNotTried), unwritten)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	var sums []string
	for _, v := range []string{storage.ProbeAsAssumed, storage.ProbeOtherwise, storage.ProbeUnknown,
		storage.ProbeNotTried} {
		if counts[v] > 0 {
			sums = append(sums, fmt.Sprintf("%d %s", counts[v], verdictWord(v)))
		}
	}
	if last.BeganAt != nil && last.EndedAt != nil {
		fmt.Fprintf(screen{p.Stdout}, "\n%s after %v: %s\n", last.State,
			last.EndedAt.Sub(*last.BeganAt).Round(100*time.Millisecond), strings.Join(sums, ", "))
	}
	if len(last.Left) == 0 {
		return nil
	}
	return p.printLeft(last)
}

func verdictWord(verdict string) string {
	return locale.Text(locale.English, "probe.verdict."+verdict, nil)
}

// printLeft prints what of all probes is still in the shop.
func (p *program) printLeft(last api.Probe) error {
	if len(last.Left) == 0 {
		_, err := fmt.Fprintln(p.Stdout, "nothing of a probe is left in the shop")
		return err
	}
	w := p.table()
	for _, l := range last.Left {
		id := strconv.FormatInt(l.ID, 10)
		if l.ID == 0 {
			id = "whose answer did not come: the connector looks for it"
		}
		fmt.Fprintf(w, "left in the shop\t%s\t%s\t%s\n", l.What, id, l.URL)
	}
	return w.Flush()
}
