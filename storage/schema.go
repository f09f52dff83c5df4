package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"ineed-insales/internal/atomicfile"
	"ineed-insales/migrations"
)

// checkSchema compares what a database has with what its version must have: one
// without a table would fail at the first order, and a trigger that somebody has
// added would run with each. There is no list of tables that would have to be kept
// up to date beside the migrations: an empty database is brought to the same
// version, at the path beside, and the two are compared.
func checkSchema(ctx context.Context, db *sql.DB, beside string, version int64) error {
	want, steps, err := schemaOf(ctx, beside, version)
	if err != nil {
		return err
	}
	have, err := readSchema(ctx, db)
	if err != nil {
		return errNoBackup
	}
	var done int
	err = db.QueryRowContext(ctx, "SELECT count(DISTINCT version_id) FROM "+goose.DefaultTablename+
		" WHERE version_id > 0 AND is_applied = 1").Scan(&done)
	if err != nil {
		return errNoBackup
	}
	if bad := compareSchemas(have, want); len(bad) > 0 {
		return fmt.Errorf("%w: %s", errSchema, strings.Join(bad, ", "))
	}
	if done != steps {
		return fmt.Errorf("%w: %d of %d steps to it were taken", errSchema, done, steps)
	}
	return nil
}

// schemaOf makes the schema of a version, and tells how many steps lead there.
func schemaOf(ctx context.Context, path string, version int64) (schema map[string]string, steps int, err error) {
	removeAll(path)
	defer removeAll(path)
	if err := atomicfile.Write(path, strings.NewReader("")); err != nil {
		return nil, 0, err
	}
	db, err := openDB(path, 1, "synchronous(OFF)", "journal_mode(MEMORY)")
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := newMigrations(db)
	if err != nil {
		return nil, 0, err
	}
	done, err := p.UpTo(ctx, version)
	if err != nil {
		return nil, 0, err
	}
	schema, err = readSchema(ctx, db)
	return schema, len(done), err
}

// newMigrations are our migrations, for a database.
func newMigrations(db *sql.DB) (*goose.Provider, error) {
	return goose.NewProvider(goose.DialectSQLite3, db, migrations.FS, goose.WithDisableGlobalRegistry(true))
}

// readSchema gives how each table, index, view and trigger was made, by kind and
// name, in one spelling. What SQLite makes for itself is left out, and the two tables that
// Litestream keeps in a database which it copies away.
func readSchema(ctx context.Context, db *sql.DB) (map[string]string, error) {
	rows, err := db.QueryContext(ctx, `SELECT type, name, coalesce(sql, '') FROM sqlite_schema
		WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'
		AND NOT (type = 'table' AND name IN ('_litestream_seq', '_litestream_lock'))`)
	schema := map[string]string{}
	err = each(rows, err, func(r scanner) error {
		var kind, name, text string
		if err := r.Scan(&kind, &name, &text); err != nil {
			return err
		}
		if name == goose.DefaultTablename {
			text = "" // another library's, which may change
		}
		schema[kind+" "+name] = strings.Join(strings.Fields(strings.ReplaceAll(text, `"`, "")), " ")
		return nil
	})
	return schema, err
}

// compareSchemas names what differs. It is pure.
func compareSchemas(have, want map[string]string) (bad []string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch text, is := have[name]; {
		case !is:
			bad = append(bad, "no "+name)
		case text != want[name]:
			bad = append(bad, "another "+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, is := want[name]; !is {
			bad = append(bad, "unknown "+name)
		}
	}
	return bad
}
