package panel

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/legible"
)

// exportedAtOnce is how many rows are read at a time, and exportPatience how long the
// browser may take for each of these parts.
const (
	exportedAtOnce = 200
	exportPatience = time.Minute
)

// A csvPart reads the next rows of a file, and tells whether there are more behind them.
type csvPart func() (rows [][]string, more bool, err error)

// sendCSV gives a list as a file that a Russian Excel opens by a double click: with a byte order
// mark and semicolons. The file is written while the list is read, so a list of any length takes
// no memory. It is whole or breaks off as a failed download: never does it just end early.
func (s *Server) sendCSV(c echo.Context, name string, head []string, next csvPart) error {
	rows, more, err := next()
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	h.Set(echo.HeaderContentDisposition,
		`attachment; filename="`+name+time.Now().In(s.timeZone).Format("-2006-01-02")+`.csv"`)
	c.Response().WriteHeader(http.StatusOK)
	out := csv.NewWriter(c.Response())
	out.Comma, out.UseCRLF = ';', true
	_, err = io.WriteString(c.Response(), "\ufeff")
	for err = errors.Join(err, out.Write(head)); err == nil; rows, more, err = next() {
		if err = writeRows(c, out, rows); err != nil || !more {
			break
		}
	}
	if err != nil {
		panic(http.ErrAbortHandler) // or else it would look like the end
	}
	return nil
}

// writeRows writes a part of a file to a browser that takes it in time.
func writeRows(c echo.Context, out *csv.Writer, rows [][]string) error {
	err := http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(exportPatience))
	if errors.Is(err, http.ErrNotSupported) {
		err = nil
	}
	for _, row := range rows {
		for i := range row {
			row[i] = defused(legible.Text(row[i]))
		}
		err = errors.Join(err, out.Write(row))
	}
	out.Flush()
	return errors.Join(err, out.Error())
}

// csvHead are the titles of columns, which are named below an id.
func csvHead(c echo.Context, id string, columns ...string) []string {
	for i, name := range columns {
		columns[i] = say(c, id+name)
	}
	return columns
}

// fileName is an id without the characters that must not stand in the name of a
// file.
func fileName(id string) string {
	return strings.Map(func(r rune) rune {
		if r == ':' || r < ' ' || r == '"' || r == '\\' || r == '/' {
			return '-'
		}
		return r
	}, id)
}

// defused keeps a cell from being a formula: what a customer typed must not run
// on the manager's computer. Programs differ in what they pass over before they
// look for a formula (blanks, characters without a shape, quotes), and those of
// East Asia know the signs of a formula in full width.
func defused(cell string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(cell, passedOver))
	if strings.ContainsRune("=+-@＝＋－＠﹦﹢﹣﹫−", first) || strings.ContainsAny(cell[:min(1, len(cell))], "\t\r\n") {
		return "'" + cell
	}
	return cell
}

// passedOver reports whether some program passes a character over before it looks
// for a formula.
func passedOver(r rune) bool {
	return r == '\'' || r == '"' || unicode.IsSpace(r) || !unicode.IsGraphic(r) || legible.Blank(string(r))
}
