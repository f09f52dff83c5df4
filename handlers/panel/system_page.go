package panel

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// The system page is for whoever runs the connector: which version this is, what it has of
// the machine, what is set and from where, the copies of the database, what is wrong now and
// what the log has warned of. The text for those who help has a page of its own, because it
// asks every company and takes longer.

// A System is what the program knows of itself and the pages cannot find out.
type System struct {
	Version        string // of the build
	Revision, Date string // "" = not known
	Settings       []Setting

	// Warnings gives the last warnings and errors of the log, the newest first, without
	// secrets and personal data; nil = none are kept.
	Warnings func() []LogLine

	// Support writes what somebody who helps has to know, as the command of that name
	// does; nil = nobody can.
	Support func(ctx context.Context, out io.Writer) error
}

// A Setting is one setting of the program, its value masked if it is a secret. Source is
// default, environment, file or flag; File is the file.
type Setting struct{ Name, Value, Source, File string }

// A LogLine is one line of the log.
type LogLine struct {
	At   time.Time
	Text string
}

// systemPage shows how the program and its machine are.
func (s *Server) systemPage(c echo.Context) error {
	page := web.System{Backups: s.backups(c), Support: s.system.Support != nil}
	facts, err := s.systemFacts(c)
	if err != nil {
		return err
	}
	page.Facts = facts
	firing, err := s.bridge.Alerts.Firing(c.Request().Context())
	if err != nil {
		return err
	}
	for _, a := range firing {
		page.Wrong = append(page.Wrong, s.firingNote(c, a))
	}
	for _, set := range s.system.Settings {
		source := say(c, "system.source_"+set.Source)
		if set.File != "" {
			source += " " + set.File
		}
		page.Settings = append(page.Settings, web.Setting{Name: set.Name, Value: set.Value, Source: source})
	}
	if s.system.Warnings != nil {
		for _, line := range s.system.Warnings() {
			page.Warnings = append(page.Warnings, web.LogLine{At: s.moment(c, line.At), Text: line.Text})
		}
	}
	return s.show(c, http.StatusOK, "system", web.View{Title: say(c, "system.title"), Section: "system", Page: page})
}

// firingNote tells of something that is wrong now, and leads to where it can be mended.
func (s *Server) firingNote(c echo.Context, a storage.Alarm) web.Note {
	text := alarmText(lang(c), a)
	if a.Company != "" {
		name := a.Company
		if desk, err := s.bridge.Desk(a.Company); err == nil {
			name = nameOf(desk.Settings())
		}
		text = name + ": " + text
	}
	note := web.Note{Kind: web.NoteWarn, Text: text}
	if to := alarmTo(a); to != "/" {
		note.To, note.Link = to, say(c, "mend")
	}
	return note
}

// systemFacts is what can be said in figures.
func (s *Server) systemFacts(c echo.Context) ([]web.Fact, error) {
	usage, err := s.bridge.Host.Usage(c.Request().Context())
	if err != nil {
		return nil, err
	}
	version := s.system.Version
	if of := s.system.Revision; of != "" {
		version = say(c, "system.revision", "version", version, "revision", of[:min(12, len(of))],
			"date", strings.ReplaceAll(s.system.Date, "T", " "))
	}
	disk := ""
	if usage.DiskKnown {
		disk = say(c, "system.room", "free", sizeText(c, int64(usage.DiskFree)),
			"size", sizeText(c, int64(usage.DiskSize)))
	}
	now := time.Now().In(s.timeZone)
	zone := now.Format("02.01.2006, 15:04:05") + ", " + s.timeZone.String() + " (UTC" + now.Format("-07:00") + ")"
	began := s.moment(c, s.began)
	up := say(c, "system.since", "time", lasting(c, time.Since(s.began)), "at", began.Text)
	clocks := s.bridge.Clocks()
	return facts(c, "system",
		fact{"version", version, ""},
		timeFact{fact{"up", up, ""}, began},
		fact{"database", say(c, "system.tables", "size", sizeText(c, usage.File+usage.Log),
			"n", strconv.FormatInt(usage.Schema, 10)), ""},
		fact{"disk", disk, ""},
		timed("clock", s.momentOf(now, zone)),
		fact{"chat_clock", clockText(c, clocks, "ineedchat"), ""},
		fact{"shop_clock", clockText(c, clocks, "insales"), ""},
	), nil
}

// clockText says how a peer's clock goes beside ours; "" if it was not heard of.
func clockText(c echo.Context, clocks map[string]time.Duration, peer string) string {
	ahead, known := clocks[peer]
	switch {
	case !known:
		return ""
	case ahead.Abs() < 2*time.Second: // the shops tell theirs to a second
		return say(c, "system.clock_same")
	case ahead > 0:
		return say(c, "system.clock_ahead", "time", lasting(c, ahead))
	}
	return say(c, "system.clock_behind", "time", lasting(c, -ahead))
}

// sizeText is a size as people say it.
func sizeText(c echo.Context, bytes int64) string {
	const gb = 1 << 30
	if bytes < gb {
		return say(c, "system.mb", "n", megabytes(bytes))
	}
	n := strconv.FormatFloat(float64(bytes)/gb, 'f', 1, 64)
	if lang(c) == locale.Russian {
		n = strings.Replace(n, ".", ",", 1)
	}
	return say(c, "system.gb", "n", n)
}

// supportPage shows what somebody who helps has to know, to be copied.
func (s *Server) supportPage(c echo.Context) error {
	if s.system.Support == nil {
		return echo.ErrNotFound
	}
	var text bytes.Buffer
	if err := s.system.Support(c.Request().Context(), &text); err != nil {
		return err
	}
	v := web.View{Title: say(c, "system.support"), Section: "system", Page: web.Support{Text: text.String()},
		Trail: []web.Crumb{{Title: say(c, "system.title"), To: "/system"}}}
	return s.show(c, http.StatusOK, "support", v)
}
