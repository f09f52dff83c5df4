package storage

import (
	"context"
	"database/sql"
	"errors"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// growing are the tables that get longer with time, or with the shop's catalog.
var growing = []string{"bodies", "catalog_batches", "catalog_feed_offers", "catalog_feed_products", "catalog_held",
	"catalog_products", "catalog_runs", "catalog_skus", "events", "exchanges", "journal", "look_alikes", "messages",
	"order_hours", "order_ways", "orders", "probe_things", "received", "refusals", "search_changed", "search_grams"}

// mayGrow are the queries that read more where there is more, by the function that they
// stand in, and why they may.
var mayGrow = map[string]string{
	// One end of an index, or a few rows from there.
	"AddProbeThing": "the end of an index",
	"AddRefusal":    "the hundred refusals that are kept",
	"BeginRun":      "the runs that are kept",
	"LastDelivered": "the end of an index",
	"LastEvents":    "the newest orders, at most 500",
	"NewestBatch":   "the end of an index",
	"PruneJournal":  "the entries that are kept, each hour",
	"PruneRuns":     "the runs that are kept, each hour",
	"SeenStatuses":  "the newest orders, as many as are asked for",
	"lookForBlocks": "whether there is a row",
	"Summary":       "the end of an index",
	"sweepFeed":     "the first rows of what nobody reads any more",
	"indexStep":     "the first rows of what has changed since the last minute",
	// A few rows in all.
	"Batches":         "the batches that wait for the chat, a few at a time",
	"DropBatches":     "the batches that wait for the chat",
	"DropOldRefusals": "the hundred refusals that are kept", "DropRefusalsOf": "the hundred refusals that are kept",
	"EraseRefusals": "the hundred refusals that are kept", "RefusalsFor": "the hundred refusals that are kept",
	"OldestRefusal": "the hundred refusals that are kept",
	"unindexErased": "the orders of indexed blocks that have changed since the last minute",
	// What it is for is the whole.
	"Acknowledge":     "whether anything is withheld; only while something is",
	"CatalogCensus":   "the catalog's figures, when a person looks at them",
	"ClearCatalog":    "a catalog is forgotten",
	"ClearLookAlikes": "the look-alikes of a company are forgotten",
	"DeleteCompany":   "a company is forgotten",
	"ForgetUnseen":    "the end of a reading of the whole catalog",
	"Impact":          "what is withheld is counted when a person is asked",
	"LoseUnseen":      "the end of a reading of the whole catalog",
	"VisibleProducts": "the beginning of a reading of the whole catalog",
	"HideUnseen":      "the end of a reading of the whole catalog",
	"LookAlikes":      "what came to the shop while an order was on its way, forgotten when none is",
	"unhold":          "what is withheld, when it is replaced",
}

// madeOf are the functions that put their SQL together while the program runs, with what
// they make; none for those that are given a whole query.
var madeOf = map[string][]string{
	"AddOrder":      {insertOrder},
	"PutOrder":      {updateOrder},
	"rowsOf":        listQueries(),
	"see":           lookQueries(),
	"Journal":       journalQueries(),
	"gathered":      gatherQueries(),
	"addBodies":     {"SELECT order_seq, body FROM bodies WHERE n = 1 AND order_seq IN (" + marks(3) + ")"},
	"ClearCatalog":  {"DELETE FROM catalog_products WHERE company = ?"},
	"DeleteCompany": {"DELETE FROM catalog_runs WHERE company = ?"},
	// The tables' versions, a row for each migration.
	"versionsOf": nil, "checkSchema": nil,
	// These are given whole queries, or what follows WHERE.
	"query": nil, "queryRow": nil, "exec": nil, "insert": nil, "run": nil, "bulk": nil, "orders": nil,
	"eraseRefusals": nil,
	"mergeLog":      nil, "cutPages": nil, // PRAGMA
}

// lists are lists of all kinds.
func lists() []orderList {
	yes, no := true, false
	var all []orderList
	for _, f := range []OrderFilter{
		{}, {State: StateSent}, {State: StateAttention, Problem: "p"}, {Problem: "p"}, {Type: "cash"}, {Noticed: true},
		{Test: &yes}, {Test: &no}, {State: StateAttention, Problem: "p", Type: "cash", Noticed: true, Test: &yes},
		{From: time.UnixMilli(1), To: time.UnixMilli(2)}, {State: StateSent, From: time.UnixMilli(1)},
		{Noticed: true, To: time.UnixMilli(2)}, {Sort: SortWaiting}, {Paid: &yes}, {Paid: &no, State: StateSent},
	} {
		for _, up := range []direction{false, true} {
			all = append(all, orderList{companies: []string{"2", "3"}, OrderFilter: f, up: up})
		}
	}
	return all
}

// listQueries are those of the rows of lists.
func listQueries() (all []string) {
	for _, l := range lists() {
		cond, _ := l.where()
		for _, state := range l.states() {
			all = append(all, l.selects(state, cond))
		}
	}
	return all
}

// gatherQueries are those of what is in lists.
func gatherQueries() (all []string) {
	for _, l := range lists() {
		cond, _ := l.where()
		for _, state := range l.states() {
			all = append(all, l.gathers(state, cond))
		}
	}
	return all
}

// journalQueries are those of the journal, by every filter.
func journalQueries() (all []string) {
	for n := range 1 << 6 {
		f := JournalFilter{}
		if n&1 != 0 {
			f.Company = "2"
		}
		if n&2 != 0 {
			f.Actor = "cli"
		}
		if n&4 != 0 {
			f.Kind = EntryChanged
		}
		if n&8 != 0 {
			f.From = time.UnixMilli(1)
		}
		if n&16 != 0 {
			f.To = time.UnixMilli(2)
		}
		query, _ := f.selects(n&32 != 0)
		all = append(all, query)
	}
	return all
}

// lookQueries are those of what is found in lists.
func lookQueries() (all []string) {
	for _, l := range lists() {
		w := walk{orderList: l}
		for _, of := range []orderList{l, {}} {
			for _, rows := range []string{theseRows, inRows} {
				query, _ := w.looksAt(rows, of)
				all = append(all, query)
			}
		}
	}
	return all
}

// TestPlans: nothing that the program asks its database grows with its history. Every
// query, as it stands in the source, is planned by SQLite. A plan that reads a table
// that grows whole, or all that one company has in it, is a failure, unless the list
// says why it may.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := open(t)
	partial := map[string]bool{}
	rows, err := s.query(t.Context(), "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%WHERE%'")
	if err := each(rows, err, func(r scanner) error {
		var name string
		defer func() { partial[name] = true }()
		return r.Scan(&name)
	}); err != nil {
		t.Fatal(err)
	}
	queries := readQueries(t)
	if len(queries) < 200 {
		t.Fatalf("only %d queries were found", len(queries))
	}
	excused := maps.Clone(mayGrow)
	for _, q := range queries {
		plan, err := explain(t.Context(), s.read, q.text)
		if err != nil {
			t.Errorf("%s: %v\n%s", q.place, err, q.text)
		}
		for _, line := range plan {
			if !grows(q.text, line, partial) {
				continue
			}
			delete(excused, q.function)
			if mayGrow[q.function] == "" {
				t.Errorf("%s, %s: %s\n\t%s", q.place, q.function, line, strings.Join(strings.Fields(q.text), " "))
			}
		}
	}
	for function := range excused {
		t.Errorf("%s is excused for nothing", function)
	}
}

var planStep = regexp.MustCompile(`^(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX (\w+)| USING .*?)?(?: \((.*)\))?$`)

// grows reports whether a step of a plan reads a growing table whole, or all that one
// company has in it. A partial index has only what waits for something.
func grows(text, line string, partial map[string]bool) bool {
	m := planStep.FindStringSubmatch(line)
	if m == nil || partial[m[3]] {
		return false
	}
	table := m[2]
	for _, named := range alias.FindAllStringSubmatch(text, -1) {
		if named[2] == table {
			table = named[1]
		}
	}
	return slices.Contains(growing, table) && (m[1] == "SCAN" || m[4] == "company=?" || m[4] == "feed=?")
}

var alias = regexp.MustCompile(`\b([a-z_]+) ([a-z])\b`)

var placeholder = regexp.MustCompile(`\?(\d*)`)

func explain(ctx context.Context, db *sql.DB, text string) ([]string, error) {
	n := 0
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if numbered, err := strconv.Atoi(m[1]); err == nil {
			n = max(n, numbered)
		} else {
			n++
		}
	}
	rows, err := db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, make([]any, n)...)
	return collect(rows, err, func(r scanner) (detail string, err error) {
		var id, parent, unused int
		return detail, r.Scan(&id, &parent, &unused, &detail)
	})
}

// A query is one text of SQL of this package.
type query struct{ text, function, place string }

// A reader of queries finds them in the source.
type reader struct {
	fset *token.FileSet
	info *types.Info
	list []query
}

// readQueries gives every query of this package as the compiler would fold it.
func readQueries(t *testing.T) []query {
	t.Helper()
	r := &reader{fset: token.NewFileSet(), info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(r.fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	// Texts are folded also where nothing is known of other packages.
	nothing := importFunc(func(string) (*types.Package, error) { return nil, os.ErrNotExist })
	config := types.Config{Importer: nothing, Error: func(error) {}}
	_, _ = config.Check("storage", r.fset, files, r.info)
	made := maps.Clone(madeOf)
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				if err := r.read(fn, made); err != nil {
					t.Error(err)
				}
			}
		}
	}
	for function := range made {
		t.Errorf("%s makes no query", function)
	}
	return r.list
}

type importFunc func(string) (*types.Package, error)

func (f importFunc) Import(path string) (*types.Package, error) { return f(path) }

// runs are the methods that run SQL: what stands before it, and as which argument.
var runs = map[string]struct {
	before string
	arg    int
}{
	"query": {}, "queryRow": {}, "exec": {}, "insert": {}, "bulk": {arg: 1},
	"Exec": {}, "Query": {}, "QueryRow": {}, "ExecContext": {arg: 1}, "QueryContext": {arg: 1},
	"QueryRowContext": {arg: 1},
	"orders":          {before: selectOrders + " WHERE ", arg: 1},
	"eraseRefusals":   {before: "DELETE FROM refusals WHERE "},
}

var isSQL = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b`)

// read finds the queries of a function. It fails where it cannot tell one, and the
// list of those that are made at run time does not either.
func (r *reader) read(fn *ast.FuncDecl, made map[string][]string) error {
	var errs []error
	name := fn.Name.Name
	add := func(n ast.Node, text string) {
		r.list = append(r.list, query{text, name, r.fset.Position(n.Pos()).String()})
	}
	unknown := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		how, arg, ok := runsSQL(call)
		if !ok {
			return true
		}
		if text, known := r.fold(arg); known {
			if isSQL.MatchString(how + text) {
				add(arg, how+text)
			}
			if where, ok := strings.CutPrefix(how+text, selectOrders); ok {
				add(arg, selectSeqs+where) // orders asks that first
			}
			return true
		}
		unknown = true
		return true
	})
	if texts, listed := madeOf[name]; listed {
		delete(made, name)
		for _, text := range texts {
			add(fn, text)
		}
		return nil
	}
	if !unknown {
		return nil
	}
	// A variable: all that the function says in SQL may be in it.
	before := len(r.list)
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if text, known := r.fold(e); known && isSQL.MatchString(text) {
			add(e, text)
			return false
		}
		return true
	})
	if len(r.list) == before {
		errs = append(errs, errors.New(r.fset.Position(fn.Pos()).String()+": which query does "+name+" run?"))
	}
	return errors.Join(errs...)
}

// runsSQL gives the argument of a call that is SQL, and what is put before it.
func runsSQL(call *ast.CallExpr) (before string, arg ast.Expr, ok bool) {
	name, plus := "", 0
	switch fn := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = fn.Sel.Name
		if strings.HasPrefix(name, "query") && len(call.Args) > 0 && isContext(call.Args[0]) {
			plus = 1 // of a Store, not of a Tx
		}
	case *ast.Ident:
		name = fn.Name
	}
	how, ok := runs[name]
	if !ok || len(call.Args) <= how.arg+plus {
		return "", nil, false
	}
	return how.before, call.Args[how.arg+plus], true
}

func isContext(e ast.Expr) bool { x, ok := e.(*ast.Ident); return ok && x.Name == "ctx" }

// fold gives the text that an expression is.
func (r *reader) fold(e ast.Expr) (string, bool) {
	if v := r.info.Types[e].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v), true
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return r.fold(e.X)
	case *ast.BinaryExpr:
		left, ok1 := r.fold(e.X)
		right, ok2 := r.fold(e.Y)
		return left + right, ok1 && ok2 && e.Op == token.ADD
	case *ast.CallExpr:
		fn, ok := e.Fun.(*ast.Ident)
		if !ok || len(e.Args) != 1 {
			return "", false
		}
		columns, ok := r.fold(e.Args[0])
		switch fn.Name {
		case "marksOf":
			return marksOf(columns), ok
		case "excludedOf":
			return excludedOf(columns), ok
		}
	}
	return "", false
}
