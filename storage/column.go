package storage

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// toJSON writes an optional value for a column of JSON, nil as the empty text;
// fromJSON reads it.
func toJSON[T any](v *T) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own plain types always encode
	}
	return string(text)
}

// listToJSON is toJSON of a list, an empty one as the empty text.
func listToJSON[T any](v []T) string {
	if len(v) == 0 {
		return ""
	}
	return toJSON(&v)
}

// A column is what stands in a column of JSON, and the value that it becomes.
type column struct {
	text string
	into any
}

// fromJSON reads columns of JSON. What is empty leaves its value as it is.
func fromJSON(columns ...column) error {
	for _, c := range columns {
		if c.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(c.text), c.into); err != nil {
			return fmt.Errorf("stored JSON: %w", err)
		}
	}
	return nil
}

// ms and fromMS are how times are stored: unix milliseconds, 0 for none.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMS(v int64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.UnixMilli(v).UTC()
}

// blob is b, or the empty blob where SQL would say NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// idList is a list of ids for json_each.
func idList(ids []int64) string { return string(append(appendIDs([]byte{'['}, ids), ']')) }

// joinIDs is how a list of ids stands in a column of its own; splitIDs reads it.
func joinIDs(ids []int64) string { return string(appendIDs(nil, ids)) }

func appendIDs(b []byte, ids []int64) []byte {
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return b
}

func splitIDs(text string) []int64 {
	if text == "" {
		return nil
	}
	var list []int64
	for part := range strings.SplitSeq(text, ",") {
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			continue // only joinIDs writes them
		}
		list = append(list, id)
	}
	return list
}

// A jsonList is a list of rows for bulk, as JSON. It is written column by column, because
// over a large catalog reflection takes a good part of what SQLite takes.
type jsonList []byte

// add adds a row of numbers and texts.
func (l *jsonList) add(columns ...any) {
	b := append(*l, ",["...)
	for i, v := range columns {
		if i > 0 {
			b = append(b, ',')
		}
		switch v := v.(type) {
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case int:
			b = strconv.AppendInt(b, int64(v), 10)
		case string:
			b, _ = jsontext.AppendQuote(b, v) // what is no UTF-8 becomes U+FFFD
		}
	}
	*l = append(b, ']')
}

func (l jsonList) String() string {
	if len(l) == 0 {
		return "[]"
	}
	return "[" + string(l[1:]) + "]"
}

// bulk runs a statement whose last argument is a list, as JSON, unless there is
// nothing in it. The statement takes the list apart with jsonb_each, which gives
// its entries in SQLite's own form, instead of writing each as text for every
// field to parse. It says OR FAIL: whoever sees an error drops the whole
// transaction, so SQLite need not keep what every page was like before it.
func bulk(tx *Tx, query, list string, args ...any) error {
	if list == "[]" {
		return nil
	}
	_, err := tx.exec(query, append(args, list)...)
	return err
}

// marks gives so many placeholders of values.
func marks(n int) string {
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}

// marksOf gives a placeholder for each of the columns.
func marksOf(columns string) string { return marks(strings.Count(columns, ",") + 1) }

// excludedOf names the columns of a row that could not be inserted because it is
// there already, so that an upsert can take their values over.
func excludedOf(columns string) string {
	names := strings.Split(columns, ",")
	for i, name := range names {
		names[i] = "excluded." + strings.TrimSpace(name)
	}
	return strings.Join(names, ", ")
}
