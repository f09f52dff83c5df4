package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
	"ineed-insales/internal/config"
	"ineed-insales/internal/legible"
)

// A screen prints text that comes from others: it keeps signs off it by which a
// name could command the terminal, or show itself as another.
type screen struct{ io.Writer }

// Write writes text whole or not at all.
func (w screen) Write(text []byte) (int, error) {
	if _, err := io.WriteString(w.Writer, legible.Screen(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// table aligns columns that are separated by tabs.
func (p *program) table() *tabwriter.Writer {
	return tabwriter.NewWriter(screen{p.Stdout}, 0, 4, 2, ' ', 0)
}

// printTable prints what the API gives at a path: for people as a table, which rows
// fills, and with --json as it came.
func printTable[T any](
	ctx context.Context, p *program, cmd *cli.Command, path string, rows func(table io.Writer, answer T),
) error {
	if cmd.Bool("json") {
		return p.printJSON(ctx, cmd, http.MethodGet, path, nil)
	}
	var answer T
	if err := p.get(ctx, cmd, path, &answer); err != nil {
		return err
	}
	w := p.table()
	rows(w, answer)
	return w.Flush()
}

// printOne prints what a method answers at the path of the one argument.
func (p *program) printOne(method string, path func(argument string) string) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		args, err := arguments(cmd)
		if err != nil {
			return err
		}
		return p.printJSON(ctx, cmd, method, path(args[0]), nil)
	}
}

// printJSON prints the server's answer, indented. It is equal to what came: only
// what a terminal would obey is written as an escape.
func (p *program) printJSON(ctx context.Context, cmd *cli.Command, method, path string, body []byte) error {
	var raw json.RawMessage
	if err := p.call(ctx, cmd, method, path, body, &raw); err != nil {
		return err
	}
	return p.indent(raw)
}

// printValue prints what the command has put together of the API's JSON.
func (p *program) printValue(v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return p.indent(raw)
}

// fileFlag names the file that putFile stores.
func fileFlag() cli.Flag {
	return &cli.StringFlag{Name: "file", Aliases: []string{"f"}, Value: "-",
		Usage: "file with the JSON; - is standard input"}
}

// putFile stores what the file holds at the path of the one argument, whole, and
// prints how it is stored.
func (p *program) putFile(ctx context.Context, cmd *cli.Command, path func(argument string) string) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	text, err := p.readFile(cmd.String("file"))
	if err != nil {
		return err
	}
	return p.printJSON(ctx, cmd, http.MethodPut, path(args[0]), text)
}

// printPosted prints the server's answer to what is posted.
func (p *program) printPosted(ctx context.Context, cmd *cli.Command, path string, in any) error {
	var raw json.RawMessage
	if err := p.post(ctx, cmd, path, in, &raw); err != nil {
		return err
	}
	return p.indent(raw)
}

// indent prints a document for people: broken into lines, and nothing in it that a
// terminal would obey.
func (p *program) indent(raw json.RawMessage) error {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := p.Stdout.Write(legible.JSON(b.Bytes()))
	return err
}

// readFile reads a file that a person names; - is standard input.
func (p *program) readFile(name string) ([]byte, error) {
	text, err := p.readRaw(name)
	if err != nil {
		return nil, err
	}
	text, err = config.WithoutMark(text)
	if err != nil {
		return nil, usagef("%s %v, for example with `| Out-File -Encoding utf8`",
			cmp.Or(map[string]string{"-": "standard input"}[name], name), err)
	}
	if name == "-" && len(bytes.TrimSpace(text)) == 0 {
		return nil, usagef("there is nothing on standard input:" +
			" give --file FILE, or < FILE (and with docker exec its -i)")
	}
	return text, nil
}

// readRaw reads the file as it is. What a person types or pipes in is bounded.
func (p *program) readRaw(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(p.Stdin, 1<<20))
	}
	return os.ReadFile(name)
}

// dash is a text, or a dash where there is none.
func dash(s string) string { return cmp.Or(s, "-") }

// when writes a time for people; a dash for none.
func when(t *time.Time) string {
	if t == nil {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// moment is a time of the API in UTC, the zero time for null.
func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// message is what is to be said of a problem; "" for none.
func message(p *api.Problem) string {
	if p == nil {
		return ""
	}
	return p.Message
}
