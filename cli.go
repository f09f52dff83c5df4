package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/config"
	"ineed-insales/internal/legible"
)

// The commands below are clients of the running server's JSON API over its
// unix socket, so they work inside the container without any token.

// maxAnswer bounds what the command line reads from the server.
const maxAnswer = 64 << 20

func needSubcommand(_ context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return usagef("unknown command %q; see ineed-insales %s --help", cmd.Args().First(), cmd.Name)
	}
	return usagef("say what to do; see ineed-insales %s --help", cmd.Name)
}

// arguments gives exactly the arguments that a command names in its usage.
func arguments(cmd *cli.Command) ([]string, error) {
	names := strings.Fields(cmd.ArgsUsage)
	if cmd.Args().Len() != len(names) {
		return nil, usagef("usage: %s", strings.TrimSpace(cmd.FullName()+" "+cmd.ArgsUsage))
	}
	return cmd.Args().Slice(), nil
}

// call sends one request to the running server and decodes its answer.
func (p *program) call(ctx context.Context, cmd *cli.Command, method, path string, body []byte, out any) error {
	// What is wrong with other settings does not matter to a client.
	cfg, _, _ := p.load(cmd)
	return callSocket(ctx, cfg.Socket, method, path, body, out)
}

// callSocket sends one request to the server behind a socket.
func callSocket(ctx context.Context, socket, method, path string, body []byte, out any) error {
	resp, err := requestSocket(ctx, socket, time.Minute, method, "/api/v1"+path, body)
	if err != nil {
		return err
	}
	text, err := readAnswer(resp)
	if err != nil || out == nil {
		return err
	}
	return ownWords(text, out)
}

// ownWords decodes what the running server says over its socket. It is this
// program itself, whose names our structs have in another case.
func ownWords(text []byte, v any) error { return json.Unmarshal(text, v) }

func readAnswer(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
}

// requestSocket sends one request to the server behind a socket, which may take
// so long. An answer other than 2xx is an error.
func requestSocket(ctx context.Context, socket string, timeout time.Duration, method, path string, body []byte) (*http.Response, error) {
	client := &http.Client{Timeout: timeout, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}}
	req, err := http.NewRequestWithContext(ctx, method, "http://connector"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no server answers on %s: start `ineed-insales serve`, or give its --socket (%w)", socket, errors.Unwrap(err))
	}
	if resp.StatusCode/100 != 2 {
		text, err := readAnswer(resp)
		return nil, cmp.Or(err, apiError(resp.StatusCode, text))
	}
	return resp, nil
}

// An apiProblem is the API's problem+json, as far as people need it.
type apiProblem struct {
	status  int
	Code    string
	Title   string
	Detail  string
	Message string
	Errors  []struct{ Field, Rule, Message string }
	Company json.RawMessage
}

func (e *apiProblem) Error() string {
	var b strings.Builder
	b.WriteString(cmp.Or(e.Detail, e.Message, e.Title, fmt.Sprintf("status %d", e.status)))
	for _, f := range e.Errors {
		fmt.Fprintf(&b, "\n  %s: %s", f.Field, cmp.Or(f.Message, f.Rule))
	}
	return b.String()
}

func apiError(status int, text []byte) error {
	e := &apiProblem{status: status}
	_ = ownWords(text, e) // without it the status says what there is to say
	return e
}

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
	return tabwriter.NewWriter(screen{p.stdout}, 0, 4, 2, ' ', 0)
}

// printOne prints what stands at a path behind which the one argument belongs.
func (p *program) printOne(path string) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		args, err := arguments(cmd)
		if err != nil {
			return err
		}
		return p.printJSON(ctx, cmd, http.MethodGet, path+url.PathEscape(args[0]), nil)
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

func (p *program) indent(raw json.RawMessage) error {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := p.stdout.Write(legible.JSON(b.Bytes()))
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
		return nil, usagef("%s %v, for example with `| Out-File -Encoding utf8`", cmp.Or(map[string]string{"-": "standard input"}[name], name), err)
	}
	if name == "-" && len(bytes.TrimSpace(text)) == 0 {
		return nil, usagef("there is nothing on standard input: give --file FILE, or < FILE (and with docker exec its -i)")
	}
	return text, nil
}

func (p *program) readRaw(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(p.stdin, 1<<20))
	}
	return os.ReadFile(name)
}

func dash(s string) string { return cmp.Or(s, "-") }
