package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"
)

// The commands below are clients of the running server's JSON API over its
// unix socket, so they work inside the container without any token.

// maxAnswer bounds what the command line reads from the server.
const maxAnswer = 64 << 20

// companyCommand works with companies.
func (p *program) companyCommand() *cli.Command {
	return &cli.Command{
		Name: "company", Usage: "list, show and set companies",
		Action: needSubcommand,
		Commands: []*cli.Command{
			{Name: "list", Usage: "list all companies", Flags: []cli.Flag{jsonFlag()}, Action: p.companyList},
			{Name: "show", Usage: "show one company as JSON, secrets masked", ArgsUsage: "COMPANY", Action: p.companyShow},
			{Name: "set", Usage: "store a company's settings from JSON (what `company show` prints, with your changes)", ArgsUsage: "COMPANY",
				Flags: []cli.Flag{&cli.StringFlag{Name: "file", Aliases: []string{"f"}, Value: "-", Usage: "file with the JSON; - is standard input"}}, Action: p.companySet},
			{Name: "delete", Usage: "forget a company's settings and secrets", ArgsUsage: "COMPANY", Action: p.companyDelete},
			{Name: "refusals", Usage: "show the last webhooks that were authentic but unusable (422), as JSON", ArgsUsage: "COMPANY", Action: p.companyRefusals,
				Flags: []cli.Flag{&cli.IntFlag{Name: "limit", Value: 10, Usage: "at most so many, up to 200"}}},
			{Name: "rotate-secret", Usage: "make a new secret for INEED.CHAT's webhooks; the old one stays valid until the next rotation", ArgsUsage: "COMPANY", Action: p.companyRotate},
		},
	}
}

// orderCommand works with orders.
func (p *program) orderCommand() *cli.Command {
	test := &cli.BoolFlag{Name: "test", Usage: "a test order"}
	act := func(action, usage string) *cli.Command {
		return &cli.Command{Name: action, Usage: usage, ArgsUsage: "COMPANY ORDER", Flags: []cli.Flag{test},
			Action: func(ctx context.Context, cmd *cli.Command) error { return p.orderAct(ctx, cmd, action) }}
	}
	return &cli.Command{
		Name: "order", Usage: "list and show orders, and decide about them",
		Action: needSubcommand,
		Commands: []*cli.Command{
			{Name: "list", Usage: "list orders, newest first", ArgsUsage: "COMPANY", Action: p.orderList, Flags: []cli.Flag{
				jsonFlag(),
				&cli.StringFlag{Name: "state", Usage: "only in this state: new, sending, sent, attention, cancelled, test"},
				&cli.StringFlag{Name: "problem", Usage: "only with this problem's code"},
				&cli.StringFlag{Name: "q", Usage: "part of an id or number"},
				&cli.StringFlag{Name: "cursor", Usage: "go on where the list before ended"},
				&cli.IntFlag{Name: "limit", Value: 50, Usage: "at most so many, up to 200"},
			}},
			{Name: "show", Usage: "show one order with its history", ArgsUsage: "COMPANY ORDER", Flags: []cli.Flag{jsonFlag(), test}, Action: p.orderShow},
			act("retry", "send an order that needs attention, or was cancelled, again"),
			act("cancel", "see to it that an order never leaves"),
			{Name: "reread", Usage: "read the shop's change feed again; nothing is sent until that is done", ArgsUsage: "COMPANY", Action: p.orderReread,
				Flags: []cli.Flag{&cli.StringFlag{Name: "since", Required: true, Usage: "from when: 2026-11-23T12:00:00+03:00, or how long ago: 48h"}}},
		},
	}
}

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
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, method, "http://connector/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("no server answers on %s: start `ineed-insales serve`, or give its --socket (%w)", socket, errors.Unwrap(err))
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return apiError(resp.StatusCode, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// An apiProblem is the API's problem+json, as far as people need it.
type apiProblem struct {
	status  int
	Title   string
	Detail  string
	Message string
	Errors  []struct{ Field, Rule, Message string }
	Company json.RawMessage
}

func (e *apiProblem) Error() string {
	var b strings.Builder
	for _, s := range []string{e.Detail, e.Message, e.Title, fmt.Sprintf("status %d", e.status)} {
		if s != "" {
			b.WriteString(s)
			break
		}
	}
	for _, f := range e.Errors {
		text := f.Message
		if text == "" {
			text = f.Rule
		}
		fmt.Fprintf(&b, "\n  %s: %s", f.Field, text)
	}
	return b.String()
}

func apiError(status int, text []byte) error {
	e := &apiProblem{status: status}
	_ = json.Unmarshal(text, e) // without it the status says what there is to say
	return e
}

type companyRow struct {
	ID          string
	Name        string
	Shop        struct{ URL string }
	Orders      struct{ Enabled, Paused bool }
	Problem     *struct{ Message string }
	ChatProblem *struct{ Message string } `json:"chat_problem"`
}

func (p *program) companyList(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	if cmd.Bool("json") {
		return p.printJSON(ctx, cmd, http.MethodGet, "/companies", nil)
	}
	var list struct{ Items []companyRow }
	if err := p.call(ctx, cmd, http.MethodGet, "/companies", nil, &list); err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "COMPANY\tNAME\tSHOP\tORDERS\tPROBLEM")
	for _, c := range list.Items {
		state := "off"
		switch {
		case c.Orders.Enabled && c.Orders.Paused:
			state = "paused"
		case c.Orders.Enabled:
			state = "on"
		}
		problem := "-"
		for _, m := range []*struct{ Message string }{c.ChatProblem, c.Problem} {
			if m != nil {
				problem = m.Message
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.ID, clean(c.Name), c.Shop.URL, state, problem)
	}
	return w.Flush()
}

// clean keeps text from others off the terminal's control characters.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

func (p *program) companyShow(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	return p.printJSON(ctx, cmd, http.MethodGet, "/companies/"+url.PathEscape(args[0]), nil)
}

func (p *program) companySet(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	var text []byte
	if name := cmd.String("file"); name == "-" {
		text, err = io.ReadAll(io.LimitReader(p.stdin, 1<<20))
	} else {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return err
	}
	err = p.printJSON(ctx, cmd, http.MethodPut, "/companies/"+url.PathEscape(args[0]), text)
	var refused *apiProblem
	if errors.As(err, &refused) && refused.Company != nil {
		// Stored, but not switched on: secrets made by this save are shown now
		// or never.
		fmt.Fprintln(p.stderr, "The settings are stored, but order sync is off:")
		return errors.Join(p.indent(refused.Company), err)
	}
	return err
}

func (p *program) companyDelete(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	return p.call(ctx, cmd, http.MethodDelete, "/companies/"+url.PathEscape(args[0]), nil, nil)
}

func (p *program) companyRefusals(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	return p.printJSON(ctx, cmd, http.MethodGet, fmt.Sprintf("/companies/%s/refusals?limit=%d", url.PathEscape(args[0]), cmd.Int("limit")), nil)
}

func (p *program) companyRotate(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	return p.printJSON(ctx, cmd, http.MethodPost, "/companies/"+url.PathEscape(args[0])+"/secrets", []byte(`{"of":"chat"}`))
}

// printJSON prints the server's answer as it is, indented.
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
	_, err := p.stdout.Write(b.Bytes())
	return err
}

type orderRow struct {
	ID             string
	Number         string
	State          string
	Test           bool
	InSalesNumber  string `json:"insales_number"`
	InSalesURL     string `json:"insales_url"`
	Status         string
	ReportedStatus string `json:"reported_status"`
	Attempts       int
	AcceptedAt     time.Time `json:"accepted_at"`
	Problem        *struct{ Message string }
	Notices        []struct{ Message string }
	Actions        []string
	Events         []struct {
		At      time.Time
		Kind    string
		Args    map[string]string
		Message string
	}
}

func (p *program) orderList(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	q := url.Values{"limit": {strconv.Itoa(cmd.Int("limit"))}}
	for _, name := range []string{"state", "problem", "q", "cursor"} {
		if v := cmd.String(name); v != "" {
			q.Set(name, v)
		}
	}
	path := "/companies/" + url.PathEscape(args[0]) + "/orders?" + q.Encode()
	if cmd.Bool("json") {
		return p.printJSON(ctx, cmd, http.MethodGet, path, nil)
	}
	var list struct {
		Items []orderRow
		Next  string
	}
	if err := p.call(ctx, cmd, http.MethodGet, path, nil, &list); err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ORDER\tNUMBER\tSTATE\tINSALES\tSTATUS\tTOLD\tACCEPTED (UTC)\tPROBLEM")
	for _, o := range list.Items {
		problem := "-"
		if o.Problem != nil {
			problem = clean(o.Problem.Message)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", o.ID, dash(clean(o.Number)), o.State, dash(o.InSalesNumber), dash(o.Status),
			dash(o.ReportedStatus), o.AcceptedAt.UTC().Format(time.DateTime), problem)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if list.Next != "" {
		fmt.Fprintf(p.stdout, "more: --cursor %s\n", list.Next)
	}
	return nil
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (p *program) orderReread(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	since := cmd.String("since")
	if ago, err := time.ParseDuration(since); err == nil {
		since = time.Now().Add(-ago.Abs()).UTC().Format(time.RFC3339)
	}
	body, err := json.Marshal(map[string]string{"since": since})
	if err != nil {
		return err
	}
	if err := p.call(ctx, cmd, http.MethodPost, "/companies/"+url.PathEscape(args[0])+"/orders/reread", body, nil); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "the change feed is read again since %s\n", since)
	return nil
}

// orderPath is the API's path of the order that a command names.
func orderPath(cmd *cli.Command, action string) (string, error) {
	args, err := arguments(cmd)
	if err != nil {
		return "", err
	}
	path := "/companies/" + url.PathEscape(args[0]) + "/orders/" + url.PathEscape(args[1]) + action
	if cmd.Bool("test") {
		path += "?test=true"
	}
	return path, nil
}

func (p *program) orderShow(ctx context.Context, cmd *cli.Command) error {
	path, err := orderPath(cmd, "")
	if err != nil {
		return err
	}
	if cmd.Bool("json") {
		return p.printJSON(ctx, cmd, http.MethodGet, path, nil)
	}
	var o orderRow
	if err := p.call(ctx, cmd, http.MethodGet, path, nil, &o); err != nil {
		return err
	}
	p.printOrder(&o)
	return nil
}

func (p *program) printOrder(o *orderRow) {
	fmt.Fprintf(p.stdout, "order %s (%s): %s\n", o.ID, dash(clean(o.Number)), o.State)
	if o.InSalesURL != "" {
		fmt.Fprintf(p.stdout, "in InSales: number %s, %s\n", dash(o.InSalesNumber), o.InSalesURL)
	}
	fmt.Fprintf(p.stdout, "status: %s, INEED.CHAT knows: %s\n", dash(o.Status), dash(o.ReportedStatus))
	if o.Problem != nil {
		fmt.Fprintf(p.stdout, "problem: %s\n", clean(o.Problem.Message))
	}
	for _, n := range o.Notices {
		fmt.Fprintf(p.stdout, "notice: %s\n", clean(n.Message))
	}
	if len(o.Actions) > 0 {
		fmt.Fprintf(p.stdout, "possible now: %s\n", strings.Join(o.Actions, ", "))
	}
	for _, e := range o.Events {
		text := e.Message
		if text == "" {
			text = e.Kind + " " + pairs(e.Args)
		}
		fmt.Fprintf(p.stdout, "  %s  %s\n", e.At.UTC().Format("2006-01-02 15:04:05.000"), clean(text))
	}
}

// pairs prints arguments in a steady order.
func pairs(m map[string]string) string {
	list := make([]string, 0, len(m))
	for k, v := range m {
		list = append(list, k+"="+v)
	}
	sort.Strings(list)
	return strings.Join(list, " ")
}

func (p *program) orderAct(ctx context.Context, cmd *cli.Command, action string) error {
	path, err := orderPath(cmd, "/"+action)
	if err != nil {
		return err
	}
	var o orderRow
	if err := p.call(ctx, cmd, http.MethodPost, path, nil, &o); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "order %s is %s now\n", o.ID, o.State)
	return nil
}
