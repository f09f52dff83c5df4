package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/config"
)

// settings shows the settings also when something is wrong with them.
func (p *program) settings(_ context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	_, settings, problem := p.load(cmd)
	if cmd.Bool("json") {
		return errors.Join(p.printValue(settings), problem)
	}
	return errors.Join(settingsTable(screen{p.Stdout}, settings), problem)
}

// settingsTable prints every setting, secrets masked.
func settingsTable(out io.Writer, settings []config.Setting) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVALUE\tSOURCE")
	for _, s := range settings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, s.Value, strings.TrimSpace(s.Source+" "+s.File))
	}
	return w.Flush()
}

// jsonFlag asks for the API's own JSON instead of a table.
func jsonFlag() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "print JSON"} }
