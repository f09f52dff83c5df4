package panel

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/upkeep"
)

// backups is how the nightly copies stand, for the system page.
func (s *Server) backups(c echo.Context) web.Backups {
	at := s.bridge.Upkeep.Copies()
	var out web.Backups
	if !at.On {
		out.Text = say(c, "backup.off")
		return out
	}
	last, made := say(c, "backup.none"), s.moment(c, at.Last.At)
	if !at.Last.At.IsZero() {
		last = say(c, "backup.made", "at", made.Text, "mb", megabytes(at.Last.Size))
	}
	out.Facts = facts(c, "backup", timeFact{fact{"last", last, ""}, made}, timed("next", s.moment(c, at.NextAt)),
		fact{"kept", itoa(at.Kept), ""})
	if text := failures()[at.Failure]; text != "" {
		out.Notes = append(out.Notes, web.Note{Kind: web.NoteWarn, Text: say(c, text)})
	}
	return out
}

// failures are the words for why the last try to make a copy has failed.
func failures() map[string]string {
	return map[string]string{upkeep.FailureRoom: "backup.no_room", upkeep.FailureFolder: "backup.folder",
		upkeep.FailureOther: "backup.failed"}
}

// megabytes is a size as people say it: of a file there is at least one.
func megabytes(size int64) string { return strconv.FormatInt(max((size+1<<19)>>20, 1), 10) }

// downloadBackup gives a signed-in owner a copy of the database.
func (s *Server) downloadBackup(c echo.Context) error {
	name := "connector-" + time.Now().In(s.timeZone).Format("2006-01-02") + ".db"
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	err := SendBackup(c, s.bridge)
	if err != nil && !c.Response().Committed {
		c.Response().Header().Del(echo.HeaderContentDisposition)
	}
	return err
}

// SendBackup answers with a copy of the database as it is now, which is made and sent within
// an hour. There is one at a time, whoever asks.
func SendBackup(c echo.Context, b *bridge.Bridge) error {
	rc := http.NewResponseController(c.Response())
	if err := rc.SetWriteDeadline(time.Now().Add(api.LongestBackup)); err != nil {
		return err
	}
	copied, err := b.Backup(c.Request().Context())
	if err != nil {
		return err
	}
	defer copied.Close()
	c.Response().Header().Set(echo.HeaderContentLength, strconv.FormatInt(copied.Size, 10))
	err = c.Stream(http.StatusOK, "application/vnd.sqlite3", copied)
	return cmp.Or(c.Request().Context().Err(), err) // who has hung up is no failure of ours
}
