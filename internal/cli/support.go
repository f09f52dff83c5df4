package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/config"
)

// What support prints is meant to be sent to somebody who helps, and so holds no secret
// and nothing of a customer: settings with their secrets masked, files with their sizes,
// states, counts. It prints what it can get and goes on past what it cannot, because
// help is needed most when something does not answer.

// supportCommand collects what somebody who helps has to know.
func (p *program) supportCommand() *cli.Command {
	return &cli.Command{
		Name: "support", Usage: "print what somebody who helps has to know, without secrets and customers' data",
		Action: p.support,
	}
}

// support prints what it can get: where the server is down, that is what is to
// be seen.
func (p *program) support(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	out := screen{p.Stdout}
	fmt.Fprintf(out, "ineed-insales %s, %s, %s, %d cores, %s\n", p.Build.Version, p.Build.Go, p.Build.Platform,
		runtime.NumCPU(), time.Now().UTC().Format(time.RFC3339))
	fmt.Fprintf(out, "revision %s of %s, dirty %t, tables of version %d\n", dash(p.Build.Revision), dash(p.Build.Date),
		p.Build.Dirty, p.Build.Schema)
	var failed []error
	for _, section := range []struct {
		title string
		print func(context.Context, *cli.Command, io.Writer) error
	}{
		{"settings", func(context.Context, *cli.Command, io.Writer) error { return p.printSettings(cmd) }},
		{"files beside the database", p.supportFiles},
		{"server", p.supportReady},
		{"companies", p.supportCompanies},
		{"metrics that are not 0", p.supportMetrics},
	} {
		fmt.Fprintf(out, "\n== %s\n", section.title)
		if err := section.print(ctx, cmd, out); err != nil {
			fmt.Fprintln(out, err)
			failed = append(failed, errors.New(section.title+": not available"))
		}
	}
	fmt.Fprintln(out, "\nThe log says more; it may hold set-up links of the panel, which are valid for an hour.")
	return errors.Join(failed...)
}

// supportFiles lists what lies beside the database: that says most when the
// server does not start.
func (p *program) supportFiles(_ context.Context, cmd *cli.Command, out io.Writer) error {
	cfg, _, _ := p.load(cmd)
	dir := cfg.Folder()
	fmt.Fprintf(out, "this process is %d:%d\n", os.Getuid(), os.Getgid())
	if fi, err := os.Stat(dir); err == nil {
		fmt.Fprintf(out, "%v %s, their folder\n", fi.Mode(), config.Owner(fi))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		ours := strings.HasPrefix(e.Name(), filepath.Base(cfg.DB)) || e.Name() == filepath.Base(cfg.KeyPath()) ||
			e.Name() == filepath.Base(cfg.Socket)
		fi, err := e.Info()
		if !ours || err != nil { // somebody else's, or gone meanwhile
			continue
		}
		fmt.Fprintf(out, "%v %s %d bytes, %s, %s\n", fi.Mode(), config.Owner(fi), fi.Size(),
			fi.ModTime().UTC().Format(time.RFC3339), e.Name())
	}
	return nil
}

// supportReady asks the server whether it is ready.
func (p *program) supportReady(ctx context.Context, cmd *cli.Command, out io.Writer) error {
	if _, err := p.server(cmd).Text(ctx, "/readyz"); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "ready")
	return err
}

// supportCompanies prints each company's settings and problems, its catalog with
// the last runs, and for what its orders wait.
func (p *program) supportCompanies(ctx context.Context, cmd *cli.Command, out io.Writer) error {
	var list api.Page[api.Company]
	if err := p.get(ctx, cmd, "/companies", &list); err != nil {
		return err
	}
	for _, c := range list.Items {
		path := companyPath(c.ID)
		for _, part := range []string{"", "/catalog", "/catalog/runs?limit=3"} {
			var answer map[string]any
			if err := p.get(ctx, cmd, path+part, &answer); err != nil {
				return err
			}
			if shop, ok := answer["shop"].(map[string]any); ok {
				shop["key_id"] = "•••" // half of the access key
			}
			if catalog, ok := answer["catalog"].(map[string]any); ok && catalog["feed_url"] != nil {
				catalog["feed_url"] = "•••" // with a token in it
			}
			text, err := json.MarshalIndent(answer, "", "  ")
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "company %s%s: %s\n", c.ID, part, text)
		}
		if err := p.supportOrders(ctx, cmd, out, path); err != nil {
			return err
		}
		if err := p.supportProbe(ctx, cmd, out, path); err != nil {
			return err
		}
	}
	return nil
}

// supportOrders counts orders that need a person by their reason.
func (p *program) supportOrders(ctx context.Context, cmd *cli.Command, out io.Writer, company string) error {
	var list api.Page[api.Order]
	if err := p.get(ctx, cmd, company+"/orders?state=attention&limit=200", &list); err != nil {
		return err
	}
	codes := map[string]int{}
	for _, o := range list.Items {
		if o.Problem != nil {
			codes[o.Problem.Code]++
		}
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		fmt.Fprintf(out, "orders that wait for a person because of %s: %d\n", code, codes[code])
	}
	if list.Next != "" {
		fmt.Fprintln(out, "(of the latest 200)")
	}
	return nil
}

// supportProbe prints what the last probe of a company's shop has found: of each
// assumption what it rests on, the verdict, and what the connector does if it is
// otherwise. What was sent and answered is left out.
func (p *program) supportProbe(ctx context.Context, cmd *cli.Command, out io.Writer, company string) error {
	var last api.Probe
	err := p.get(ctx, cmd, company+"/probe", &last)
	if f, is := errors.AsType[*api.Failure](err); is && f.Code == problem.NoticeNotProbed {
		_, err := fmt.Fprintln(out, "never probed")
		return err
	}
	if err != nil {
		return err
	}
	began := ""
	if last.BeganAt != nil {
		began = last.BeganAt.Format(time.RFC3339)
	}
	fmt.Fprintf(out, "probe of %s by %s, write %t, %s, %d things left in the shop\n", began, last.Version, last.Write,
		last.State, len(last.Left))
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVERDICT\tREASON\tARGS\tSOURCE\tIF NOT")
	for _, i := range last.Items {
		var args []string
		for _, name := range slices.Sorted(maps.Keys(i.Args)) {
			if v := i.Args[name]; v != "" {
				args = append(args, name+"="+v)
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", i.Name, i.Verdict, dash(i.Reason), dash(strings.Join(args, " ")),
			i.Source, i.IfNot)
	}
	return w.Flush()
}

// supportMetrics prints the metrics that say something: none that is 0, no parts of
// histograms and none of Go's own.
func (p *program) supportMetrics(ctx context.Context, cmd *cli.Command, out io.Writer) error {
	text, err := p.server(cmd).Text(ctx, "/metrics")
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	for lines.Scan() {
		line := lines.Text()
		name, _, _ := strings.Cut(line, "{")
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "go_") ||
			strings.HasPrefix(line, "process_virtual") ||
			strings.HasSuffix(name, "_bucket") || strings.HasSuffix(line, " 0") {
			continue
		}
		fmt.Fprintln(out, line)
	}
	return lines.Err()
}
