package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/problem"
)

// A sync takes minutes, and the server makes it in its own time. So the commands only
// begin it, and read how it stands; whoever wants to wait for the end asks for that, and
// sees the progress meanwhile. The exit code tells then how it has ended.

// catalogCommand works with the catalog sync.
func (p *program) catalogCommand() *cli.Command {
	return &cli.Command{
		Name: "catalog", Usage: "sync the catalog now, and see how it stands",
		Action: needSubcommand,
		Commands: []*cli.Command{
			{Name: "sync", Usage: "begin a sync at once", ArgsUsage: "COMPANY", Action: p.catalogSync,
				Flags: []cli.Flag{
					jsonFlag(),
					&cli.BoolFlag{Name: "full", Usage: "send everything, not only what differs"},
					&cli.BoolFlag{Name: "wait",
						Usage: "wait for one that runs already, then show the progress until it is done"},
				}},
			{Name: "show", Usage: "show how the catalog stands", ArgsUsage: "COMPANY", Flags: []cli.Flag{jsonFlag()},
				Action: p.catalogShow},
			{Name: "runs", Usage: "list the last runs, newest first", ArgsUsage: "COMPANY", Action: p.catalogRuns,
				Flags: []cli.Flag{
					jsonFlag(), &cli.IntFlag{Name: "limit", Value: 20, Usage: "at most so many, up to 200"},
					&cli.StringFlag{Name: "cursor", Usage: "go on where the list before ended"},
				}},
			{Name: "confirm", Usage: "let happen once what is withheld because it looks like an accident",
				ArgsUsage: "COMPANY", Action: p.printOne(http.MethodPost, guardPath)},
		},
	}
}

// kind says what a run reads and sends.
func kind(r api.Run) string {
	switch {
	case r.Full:
		return "full"
	case r.Everything:
		return "everything"
	}
	return "changes"
}

// catalogPath is the API's path of a company's catalog.
func catalogPath(company string) string { return companyPath(company) + "/catalog" }

// guardPath is where what the guard of a company's catalog withholds is confirmed.
func guardPath(company string) string { return catalogPath(company) + "/guard/confirm" }

// catalogSync begins a run and, if that is wanted, stays until it has ended.
func (p *program) catalogSync(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	how := api.Sync{Full: cmd.Bool("full")}
	path := catalogPath(args[0])
	if cmd.Bool("json") && !cmd.Bool("wait") {
		return p.printPosted(ctx, cmd, path+"/sync", how)
	}
	begun, err := p.catalogBegin(ctx, cmd, path, how)
	if err != nil {
		return err
	}
	if !cmd.Bool("wait") {
		fmt.Fprintf(p.Stdout, "run %d has begun\n", begun.ID)
		return nil
	}
	return p.catalogWait(ctx, cmd, path, begun.ID)
}

// catalogBegin begins a run. Who waits for its end waits also for one that runs
// already, by the timer or because settings were saved: what that has read may be
// older than what is asked for now.
func (p *program) catalogBegin(ctx context.Context, cmd *cli.Command, path string, how api.Sync) (api.Run, error) {
	for {
		var begun api.Run
		err := p.post(ctx, cmd, path+"/sync", how, &begun)
		e, refused := errors.AsType[*api.Failure](err)
		if !cmd.Bool("wait") || !refused || e.Code != problem.RefusedCatalogRuns {
			return begun, err
		}
		if err := p.catalogFollow(ctx, cmd, path, 0); err != nil {
			return begun, err
		}
		select {
		case <-ctx.Done():
			return begun, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// catalogFollow shows the progress of a run, or with 0 of any, until it has ended.
func (p *program) catalogFollow(ctx context.Context, cmd *cli.Command, path string, id int64) error {
	for {
		var at api.Catalog
		if err := p.get(ctx, cmd, path, &at); err != nil {
			return err
		}
		if at.Running == nil || id != 0 && at.Running.ID != id {
			return nil
		}
		fmt.Fprintln(screen{p.Stdout}, progressLine(*at.Running, at.Problem))
		if at.Stopped && at.Problem != nil {
			return errors.New(at.Problem.Message)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
}

// catalogWait shows a run's progress until it has ended, and then its outcome.
func (p *program) catalogWait(ctx context.Context, cmd *cli.Command, path string, id int64) error {
	if err := p.catalogFollow(ctx, cmd, path, id); err != nil {
		return err
	}
	var list api.Page[api.Run]
	if err := p.get(ctx, cmd, path+"/runs?limit=20", &list); err != nil {
		return err
	}
	for _, r := range list.Items {
		if r.ID != id {
			continue
		}
		fmt.Fprintf(p.Stdout, "%s: %d read, %d changed, %d removed, %d withheld, %d refused, %d requests\n",
			r.Outcome, r.Seen, r.Changed, r.Removed, r.Withheld, r.Refused, r.Requests)
		if r.Outcome != "done" {
			return fmt.Errorf("the run ended as %q", r.Outcome)
		}
		return nil
	}
	return fmt.Errorf("run %d is not known any more", id)
}

// progressLine is how far a run has come, in one line.
func progressLine(r api.Run, problem *api.Problem) string {
	line := fmt.Sprintf("%d read, %d changed", r.Seen, r.Changed)
	if p := r.Progress; p != nil && p.Expected > 0 {
		line = fmt.Sprintf("%5.1f %%  %d of %d read, %d changed", p.Percent, r.Seen, p.Expected, r.Changed)
		if p.Left != "" {
			line += ", about " + p.Left + " left"
		}
	}
	if problem != nil {
		line += " – " + problem.Message
	}
	return line
}

// catalogShow prints how a company's catalog stands.
func (p *program) catalogShow(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	path := catalogPath(args[0])
	return printTable(ctx, p, cmd, path, func(w io.Writer, at api.Catalog) {
		switch at.Way {
		case "feed":
			fmt.Fprintln(w, "delivered\tas a feed, at catalog.feed_url of `company show`")
		case "none":
			fmt.Fprintln(w, "delivered\tnot at all: chat.wire.catalog is none")
		}
		fmt.Fprintf(w, "products in INEED.CHAT\t%d\n", at.Products)
		fmt.Fprintf(w, "not taken yet\t%d\n", at.Waiting)
		fmt.Fprintf(w, "fresh as of\t%s\n", when(at.FreshAsOf))
		switch {
		case !at.Enabled:
			fmt.Fprintln(w, "next run\tnever: the catalog sync is off")
		case at.Stopped:
			fmt.Fprintln(w, "next run\tnever: it is stopped until the settings are saved again")
		default:
			fmt.Fprintf(w, "next run\t%s\n", when(at.NextAt))
		}
		if at.Running != nil {
			fmt.Fprintf(w, "running\t%s\n", progressLine(*at.Running, nil))
		}
		if at.Problem != nil {
			fmt.Fprintf(w, "problem\t%s\n", at.Problem.Message)
		}
		if at.Guard != nil {
			fmt.Fprintf(w, "withheld\t%s\n", message(at.Guard.Problem))
		}
		for _, r := range at.Remarks {
			fmt.Fprintf(w, "product %s\t%s: %s\n", r.Product, r.Title, message(r.Problem))
		}
	})
}

// catalogRuns prints a page of a company's runs, the newest first.
func (p *program) catalogRuns(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	path := fmt.Sprintf("%s/runs?limit=%d&cursor=%s", catalogPath(args[0]), cmd.Int("limit"),
		url.QueryEscape(cmd.String("cursor")))
	return printTable(ctx, p, cmd, path, func(w io.Writer, list api.Page[api.Run]) {
		fmt.Fprintln(w, "RUN\tBEGAN\tTOOK\tCAUSE\tKIND\tOUTCOME\tREAD\tCHANGED\tREMOVED\tWITHHELD\tREFUSED\tREQUESTS")
		for _, r := range list.Items {
			took, outcome := "–", "running"
			if r.EndedAt != nil && r.BeganAt != nil {
				took, outcome = r.EndedAt.Sub(*r.BeganAt).Round(time.Second).String(), r.Outcome
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\n", r.ID, when(r.BeganAt), took, r.Cause,
				kind(r), outcome, r.Seen, r.Changed, r.Removed, r.Withheld, r.Refused, r.Requests)
		}
		if list.Next != "" {
			fmt.Fprintf(w, "(more: --cursor %s)\n", list.Next)
		}
	})
}
