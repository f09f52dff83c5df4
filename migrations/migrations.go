// Package migrations holds the schema of the connector's database as numbered
// goose files, one per step. A file that has been released is never changed:
// the next step is the next number.
package migrations

import "embed"

// FS holds the SQL files.
//
//go:embed *.sql
var FS embed.FS
