package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Whatever a server says, a terminal gets nothing to obey, and JSON stays equal
// to what came.
func TestNothingCommandsTheTerminal(t *testing.T) {
	const evil = "\u0085\u009b31m\u007f\u202eх\u202c\u2066\u2069\u200f\ufeff"
	text := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	one := `{"id":"A-1","number":` + text("15"+evil+"\u001b[2J\tx") +
		`,"state":"sent","accepted_at":"2026-11-28T12:00:00Z","problem":{"message":` + text(evil) + `},
		"events":[{"at":"2026-11-28T12:00:00Z","kind":"intent","message":` + text("\r"+evil) + `,"request":` +
		text(`{"comment":"`+evil+`"}`) + `}]}`
	answers := map[string]string{"/api/v1/companies/2/orders": `{"items":[` + one + `]}`,
		"/api/v1/companies/2/orders/A-1": one,
		"/api/v1/companies/2":            `{"id":"2","name":` + text(evil) + `}`,
		"/api/v1/companies":              `{"items":[{"id":"2","name":` + text(evil) + `,"shop":{}}]}`}
	socket := answering(t, answers)
	for path, commands := range map[string][]string{
		"/api/v1/companies/2/orders":     {"order list 2", "order list 2 --json"},
		"/api/v1/companies/2/orders/A-1": {"order show 2 A-1", "order show 2 A-1 --json"},
		"/api/v1/companies/2":            {"company show 2"},
		"/api/v1/companies":              {"company list", "company list --json"},
	} {
		for _, command := range commands {
			var out, errs bytes.Buffer
			args := append([]string{"ineed-insales", "--socket", socket}, strings.Fields(command)...)
			c := Config{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}
			if code := Run(t.Context(), args, c); code != ExitDone {
				t.Errorf("%s: %d %s", command, code, errs.String())
			}
			for _, r := range out.String() {
				if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 &&
					r <= 0x2069 || r == 0xfeff {
					t.Errorf("%s prints %+q", command, r)
					break
				}
			}
			if !strings.Contains(out.String(), "х") {
				t.Errorf("%s: %s", command, out.String())
			}
			if strings.HasPrefix(out.String(), "{") || strings.HasPrefix(out.String(), "[") {
				sameJSON(t, command, out.Bytes(), []byte(answers[path]))
			}
		}
	}
}

// answering serves an answer for each path on a socket, and gives the socket.
func answering(t *testing.T, answers map[string]string) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if _, err := w.Write([]byte(answers[r.URL.Path])); err != nil {
			t.Error(err)
		}
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return socket
}

// sameJSON fails unless two documents are equal.
func sameJSON(t *testing.T, command string, got, want []byte) {
	t.Helper()
	var a, b any
	if err := errors.Join(json.Unmarshal(got, &a), json.Unmarshal(want, &b)); err != nil {
		t.Errorf("%s: %v", command, err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s: %v, want %v", command, a, b)
	}
}

// TestReadFileOfPowerShell: a mark is dropped, UTF-16 is told.
func TestReadFileOfPowerShell(t *testing.T) {
	for text, want := range map[string]string{
		"\ufeff{\"a\": 1}\r\n": "{\"a\": 1}\r\n", "{}": "{}", "\xff\xfe{\x00}\x00": "", "\xfe\xff\x00{\x00}": "",
		"{\x00}\x00": "", "\ufeff \n": "",
	} {
		p := &program{Config: Config{Stdin: strings.NewReader(text), Stdout: io.Discard, Stderr: io.Discard}}
		got, err := p.readFile("-")
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v", text, got, err)
		}
		if strings.Contains(text, "\x00") && (err == nil || !strings.Contains(err.Error(), "UTF-16") ||
			!strings.Contains(err.Error(), "UTF-8")) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A tried report is printed as it would go over the line, and gives a terminal nothing to
// obey.
func TestTryReport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.jq")
	if err := os.WriteFile(file, []byte("empty"), 0o600); err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]string{
		`{"envelopes":[],"errors":[],"request":{"method":"PUT","url":"https://chat.test/a?t=•••","headers":{"X-B":"2",` +
			`"X-A":"1"},"body":"a\u001b[2Jb\nc"}}`: "PUT https://chat.test/a?t=•••\nX-A: 1\nX-B: 2\n\na[2Jb\nc\n",
		`{"envelopes":[],"errors":[]}`: "nothing to tell\n",
		`{"envelopes":[],"errors":[{"field":"report.url","rule":"wire_request","message":"no"}]}`: "report.url: no\n",
	} {
		socket := answering(t, map[string]string{"/api/v1/companies/2/wire/try": answer})
		var out, errs bytes.Buffer
		code := Run(t.Context(), []string{"ineed-insales", "--socket", socket, "wire", "try", "2", "--order", "A-1", "--report", file},
			Config{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs})
		if out.String() != want || (code == ExitDone) == strings.Contains(answer, "rule") {
			t.Errorf("%d %q, want %q; %s", code, out.String(), want, errs.String())
		}
	}
}
