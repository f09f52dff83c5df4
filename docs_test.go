//go:build docs

package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/itchyny/gojq"

	"ineed-insales/internal/ineedchat/ineedchattest"
)

// A fence is a block of a document that is set as it is.
type fence struct {
	place, kind, text string
}

func fencesOf(name, text string) (list []fence) {
	form := regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	for _, m := range form.FindAllStringSubmatchIndex(text, -1) {
		place := fmt.Sprintf("%s:%d", name, strings.Count(text[:m[0]], "\n")+1)
		list = append(list, fence{place, text[m[2]:m[3]], text[m[4]:m[5]]})
	}
	return list
}

// Before some documents, and before some blocks, something has to be so that their reader has
// done already, or has had happen to them.
func prepared() map[string]func(*docReader) {
	return map[string]func(*docReader){
		"docs/commands.md":    func(r *docReader) { r.must(`docker start ineed-insales`) },
		"docs/integration.md": (*docReader).connected,
		"docs/wire.md": func(r *docReader) {
			r.connected()
			r.orders()
		},
		"ineed-insales wire presets":  (*docReader).foreign,
		"ineed-insales wire unread 2": (*docReader).foreign,
		"ineed-insales wire try 2 --order": func(r *docReader) {
			r.must(`sed -i 's/"chat": {/"chat": {"wire": {"report": "{url: [.order_id], json: {status: .status}}"}, /' made.json
				ineed-insales company set 2 < made.json`)
		},
		"docker logs ineed-insales 2>&1 | grep": func(r *docReader) {
			r.company()
			r.post(ineedchattest.OrderSpec{ID: "1001"})
		},
		// The other machine has an image and what was carried to it.
		"docker create": func(r *docReader) { r.must(`docker stop ineed-insales; rm -rf "$SCRATCH"/data/*`) },
	}
}

// TestDocuments does all that the documents say: each block of a shell is run, those of JSON and jq
// are read, and each command of the table in docs/commands.md is given. A block that is nothing of
// this fails.
func TestDocuments(t *testing.T) {
	program := filepath.Join(shortDir(t), "ineed-insales")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ran := 0
	for _, name := range documents() {
		blocks := fencesOf(name, read(t, name))
		if !slices.ContainsFunc(blocks, func(f fence) bool { return f.kind != "" && f.kind != "mermaid" }) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			r := newDocReader(t, program)
			if prepare := prepared()[name]; prepare != nil {
				prepare(r)
			}
			for _, f := range blocks {
				ran += r.try(f)
			}
			if name == "docs/commands.md" {
				r.table(name)
			}
		})
	}
	if ran < 10 {
		t.Errorf("only %d blocks ran", ran)
	}
}

// TestDeployComments reads what the files of deploy/ say is to be typed, four signs in. It is not run:
// it would change this machine, or needs an engine or a systemd that is not here. What stands in the
// files themselves is tried by TestProxies, TestLitestream, TestCompose and .ci/run.
func TestDeployComments(t *testing.T) {
	for _, name := range []string{
		"deploy/compose.yaml", "deploy/ineed-insales.service", "deploy/litestream/litestream.yml",
	} {
		var commands strings.Builder
		for line := range strings.Lines(read(t, name)) {
			if command, is := strings.CutPrefix(line, "#   "); is {
				commands.WriteString(command)
			}
		}
		if out, err := exec.Command("bash", "-n", "-c", commands.String()).CombinedOutput(); err != nil ||
			commands.Len() == 0 {
			t.Errorf("%s: %v %s\n%s", name, err, out, &commands)
			continue
		}
		t.Logf("read, not run: %s\n%s", name, &commands)
	}
}

// TestDocumentsNotices tells the test of the documents what is wrong, and it must notice.
func TestDocumentsNotices(t *testing.T) {
	blocks := fencesOf("x.md", "a\n```sh\ntrue\nfalse\n```\n```json\n{\n```\n```jq\n.a |\n```\n```toml\nx\n```\n")
	if len(blocks) != 4 || blocks[0].place != "x.md:2" || blocks[3].place != "x.md:12" {
		t.Fatalf("%v", blocks)
	}
	for _, f := range blocks {
		if _, err := (&docReader{}).bash(f.text); f.kind == "sh" && err == nil {
			t.Error("a command that fails was not noticed")
		}
		if f.kind != "sh" && f.wrong() == nil {
			t.Errorf("%s is not wrong", f.kind)
		}
	}
}

// wrong says what is wrong with a block that is not run.
func (f fence) wrong() error {
	switch f.kind {
	case "json":
		text := f.text
		if !strings.HasPrefix(text, "{") {
			text = "{" + text + "}" // a part of the settings
		}
		if !jsontext.Value(text).IsValid() {
			return errors.New("is no JSON")
		}
	case "jq":
		_, err := gojq.Parse(f.text)
		return err
	case "mermaid", "": // a drawing
	default:
		return fmt.Errorf("nobody tries a block of %q", f.kind)
	}
	return nil
}

// try does what a block says, and gives how many blocks it ran.
func (r *docReader) try(f fence) int {
	r.t.Helper()
	if f.kind != "sh" {
		if err := f.wrong(); err != nil {
			r.t.Errorf("%s: %v", f.place, err)
		}
		return 0
	}
	for begin, prepare := range prepared() {
		if strings.HasPrefix(f.text, begin) {
			prepare(r)
		}
	}
	r.do(f.place, f.text)
	return 1
}

// table gives each command of a table whose second column has commands. One that begins with --
// belongs to the one before it.
func (r *docReader) table(name string) {
	r.t.Helper()
	r.company()
	r.orders()
	given := 0
	for i, line := range strings.Split(read(r.t, name), "\n") {
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 2 {
			continue
		}
		before := ""
		for _, m := range spans.FindAllStringSubmatch(cells[1], -1) {
			command := m[1]
			switch {
			case strings.HasPrefix(command, "docker exec") || command == "version":
				continue // words of an explanation
			case strings.HasPrefix(command, "--"):
				command = before + " " + command
			default:
				before = command
			}
			r.give(fmt.Sprintf("%s:%d", name, i+1), command)
			given++
		}
	}
	if given < 45 {
		r.t.Errorf("only %d commands were given", given)
	}
}

// refused are commands that the connector understands and refuses, as things stand in the test,
// with what it says.
func refused() map[string]string {
	return map[string]string{
		"order link 2 ORDER ADDRESS-IN-THE-ADMIN": "belongs to order SENT-1",
		"order report 2 ORDER":                    "There is nothing to report",
		"wire try 2 --order ORDER":                "There is nothing to try", // the contract is spoken
		"company rotate-secret 2 --of feed":       "not fetched as a feed",
		"catalog confirm 2":                       "Nothing is withheld",
	}
}

// give gives a command of the table to the connector.
func (r *docReader) give(place, command string) {
	r.t.Helper()
	out, err := r.bash(r.words.Replace("docker exec -i ineed-insales /ineed-insales " + command))
	want, is := refused()[command]
	exit := &exec.ExitError{}
	switch {
	case is && (!errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(out, want)):
		r.t.Errorf("%s: %s: %v %s, want it refused with %q", place, command, err, out, want)
	case !is && err != nil:
		r.t.Errorf("%s: %s: %v %s", place, command, err, out)
	}
}
