package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// print writes a diagnosis as a text that can be pasted into a letter.
func (d *diagnosis) print(out io.Writer) error {
	b := d.Build
	fmt.Fprintf(out, "ineed-insales %s, %s, %s, %d cores, %s\n", b.Version, b.Go, b.Platform, d.Cores,
		d.At.Format(time.RFC3339))
	fmt.Fprintf(out, "revision %s of %s, dirty %t, tables of version %d\n", dash(b.Revision), dash(b.Date), b.Dirty,
		b.Schema)
	var failed []error
	for _, part := range []struct {
		name  string
		print func(io.Writer) error
	}{
		{partSettings, d.printSettings},
		{partFiles, d.printFiles},
		{partServer, d.printServer},
		{partCompanies, d.printCompanies},
		{partMetrics, d.printMetrics},
	} {
		fmt.Fprintf(out, "\n== %s\n", part.name)
		failed = append(failed, part.print(out))
		for _, m := range d.Missing {
			if m.Part == part.name {
				fmt.Fprintln(out, m.Reason)
			}
		}
	}
	_, err := fmt.Fprintln(out,
		"\nThe log says more; it may hold set-up links of the panel, which are valid for an hour.")
	return errors.Join(append(failed, err)...)
}

func (d *diagnosis) printSettings(out io.Writer) error { return settingsTable(out, d.Settings) }

func (d *diagnosis) printFiles(out io.Writer) error {
	fmt.Fprintf(out, "this process is %d:%d\n", d.User, d.Group)
	if d.Folder != nil {
		fmt.Fprintf(out, "%s %s, their folder\n", d.Folder.Mode, d.Folder.Owner)
	}
	for _, f := range d.Files {
		fmt.Fprintf(out, "%s %s %d bytes, %s, %s\n", f.Mode, f.Owner, f.Bytes, f.At.Format(time.RFC3339), f.Name)
	}
	return nil
}

func (d *diagnosis) printServer(out io.Writer) error {
	if d.Ready {
		fmt.Fprintln(out, "ready")
	}
	return nil
}

func (d *diagnosis) printCompanies(out io.Writer) error {
	for _, c := range d.Companies {
		for _, part := range []struct {
			path   string
			answer map[string]any
		}{{"", c.Company}, {"/catalog", c.Catalog}, {"/catalog/runs?limit=3", c.Runs}} {
			if part.answer == nil {
				continue
			}
			text, err := json.MarshalIndent(part.answer, "", "  ")
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "company %s%s: %s\n", c.ID, part.path, text)
		}
		for _, code := range slices.Sorted(maps.Keys(c.Attention)) {
			fmt.Fprintf(out, "orders that wait for a person because of %s: %d\n", code, c.Attention[code])
		}
		if c.More {
			fmt.Fprintln(out, "(of the latest 200)")
		}
		if c.NeverProbed {
			fmt.Fprintln(out, "never probed")
		}
		if c.Probe == nil {
			continue
		}
		if err := c.Probe.print(out); err != nil {
			return err
		}
	}
	return nil
}

// print writes what was found, one assumption a line.
func (l *lastProbe) print(out io.Writer) error {
	began := ""
	if l.BeganAt != nil {
		began = l.BeganAt.Format(time.RFC3339)
	}
	fmt.Fprintf(out, "probe of %s by %s, write %t, %s, %d things left in the shop\n", began, l.Version, l.Write,
		l.State, l.Left)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVERDICT\tREASON\tARGS\tSOURCE\tIF NOT")
	for _, i := range l.Items {
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

func (d *diagnosis) printMetrics(out io.Writer) error {
	for _, line := range d.Metrics {
		fmt.Fprintln(out, line)
	}
	return nil
}
