//go:build house

package main

import (
	"fmt"
	"go/ast"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"unicode/utf8"
)

// What is worth a second look: a function that is longer, in lines, and a line
// that is wider, in columns.
const (
	longFunction = 60
	wideLine     = 120
)

// A measure is what there is of a room, or of all.
type measure struct {
	files, lines, testFiles, testLines int
	comments                           int // lines of production that hold nothing else
	exported, unused                   int
	long, wide                         int // of production and tests
}

func (m *measure) add(o measure) {
	m.files += o.files
	m.lines += o.lines
	m.testFiles += o.testFiles
	m.testLines += o.testLines
	m.comments += o.comments
	m.exported += o.exported
	m.unused += o.unused
	m.long += o.long
	m.wide += o.wide
}

func (m *measure) row(name string) string {
	return fmt.Sprintf("%s\t%d\t%d\t%d\t%d\t%.1f\t%d\t%d\t%d\t%d\t\n", name, m.files, m.lines, m.testFiles, m.testLines,
		100*float64(m.comments)/float64(max(1, m.lines)), m.exported, m.unused, m.long, m.wide)
}

// TestHouseMeasure prints the measures of the house: `make house`.
func TestHouseMeasure(t *testing.T) {
	h := loadHouse(t)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "room\tfiles\tlines\ttest files\ttest lines\tcomments %\texports\tunused\t>60 lines\t>120 cols\t\n")
	var all measure
	for _, name := range h.names() {
		m := h.measure(t, h.rooms[name])
		all.add(m)
		fmt.Fprint(w, m.row(name))
	}
	fmt.Fprint(w, all.row("all"))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	h.printReferences()
	h.printUnused()
	h.printLong()
}

func (h *house) measure(t *testing.T, r *room) measure {
	m := measure{files: len(r.production), testFiles: len(r.test) + len(r.xtest), exported: len(r.exported()),
		unused: len(h.unused(r))}
	for i, f := range slices.Concat(r.production, r.test, r.xtest) {
		text, err := os.ReadFile(h.fset.Position(f.Pos()).Filename)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(string(text), "\n")
		for line := range strings.Lines(string(text)) {
			if columns(line) > wideLine {
				m.wide++
			}
		}
		m.long += len(h.longFunctions(f))
		if i >= m.files {
			m.testLines += lines
			continue
		}
		m.lines += lines
		m.comments += commentLines(string(text))
	}
	return m
}

// columns is how wide a line is where a tab stands for four blanks.
func columns(line string) int {
	return utf8.RuneCountInString(strings.TrimRight(line, "\n")) + 3*strings.Count(line, "\t")
}

// commentLines counts the lines that are all comment. Ours are //, at the
// beginning of their line.
func commentLines(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "//") {
			n++
		}
	}
	return n
}

// longFunctions names a file's functions that are longer than they should be.
func (h *house) longFunctions(f *ast.File) []string {
	var list []string
	for _, d := range f.Decls {
		fn, is := d.(*ast.FuncDecl)
		if !is {
			continue
		}
		from, to := h.fset.Position(fn.Pos()), h.fset.Position(fn.End())
		if n := to.Line - from.Line + 1; n > longFunction {
			list = append(list, fmt.Sprintf("%s:%d: %s, %d lines", from.Filename, from.Line, fn.Name.Name, n))
		}
	}
	return list
}

// printReferences shows for each room how often it names something of others, and
// others something of it.
func (h *house) printReferences() {
	fmt.Println("\nreferences of production files to other rooms, and of other rooms to them")
	for _, name := range h.names() {
		fmt.Printf("%s\n", name)
		for _, other := range h.names() {
			out, in := h.rooms[name].refs[other], h.rooms[other].refs[name]
			if out > 0 {
				fmt.Printf("    uses     %s: %d\n", other, out)
			}
			if in > 0 {
				fmt.Printf("    used by  %s: %d\n", other, in)
			}
		}
	}
}

func (h *house) printUnused() {
	fmt.Println("\nexported, and used by no other room, not even by its tests")
	for _, name := range h.names() {
		list := h.unused(h.rooms[name])
		if len(list) == 0 {
			fmt.Printf("%s: none\n", name)
			continue
		}
		fmt.Printf("%s (%d): %s\n", name, len(list), strings.Join(list, " "))
	}
}

func (h *house) printLong() {
	fmt.Printf("\nfunctions over %d lines\n", longFunction)
	for _, name := range h.names() {
		r := h.rooms[name]
		for _, f := range slices.Concat(r.production, r.test, r.xtest) {
			for _, text := range h.longFunctions(f) {
				fmt.Println(text)
			}
		}
	}
}
