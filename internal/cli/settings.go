package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"
)

// settings shows the settings also when something is wrong with them.
func (p *program) settings(_ context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	if cmd.Bool("json") {
		_, settings, problem := p.load(cmd)
		text, err := json.Marshal(settings)
		if err == nil {
			err = p.indent(text)
		}
		return errors.Join(err, problem)
	}
	return p.printSettings(cmd)
}

// printSettings prints every setting, secrets masked.
func (p *program) printSettings(cmd *cli.Command) error {
	_, settings, problem := p.load(cmd)
	w := p.table()
	fmt.Fprintln(w, "NAME\tVALUE\tSOURCE")
	for _, s := range settings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, s.Value, strings.TrimSpace(s.Source+" "+s.File))
	}
	return errors.Join(w.Flush(), problem)
}

// jsonFlag asks for the API's own JSON instead of a table.
func jsonFlag() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "print JSON"} }
