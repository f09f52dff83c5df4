package handlers

import (
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// A catalog that is fetched: whoever has its address, with the token in it, gets it as a
// YML document, or hears that it has not changed.

// feedCut is what a fetch is counted as that was cut off on its way.
const feedCut = "cut"

// getFeed answers GET and HEAD of a company's feed. A wrong token is answered like a company
// that is not there.
func (s *Server) getFeed(c echo.Context) error {
	id := visit.Param(c, "company")
	var tokens []string
	var sealed bool
	syncer, err := s.bridge.Syncer(id)
	if err == nil {
		tokens, sealed = syncer.FeedTokens()
	}
	wrong := ineedchat.VerifyToken(tokens, visit.Param(c, "token"))
	switch {
	case sealed:
		return s.feedRefused("", storage.ErrSealed)
	case wrong != nil:
		return s.feedRefused("", echo.ErrNotFound)
	}
	visit.Proven(c)
	feed, err := syncer.Feed(c.Request().Context())
	switch {
	case err != nil:
		return s.feedRefused(id, err)
	case feed.ChangedAt.IsZero():
		return s.feedRefused(id, failure.ErrFeedUnready)
	}
	return s.serveFeed(c, id, &feed)
}

// feedRefused counts a fetch that is answered with an error. A company is named only to
// who has its token.
func (s *Server) feedRefused(company string, err error) error {
	s.metrics.fed(company, strconv.Itoa(failure.Explain(err).Status))
	return err
}

// serveFeed answers whoever may have the feed: that it has not changed, or with all of it.
func (s *Server) serveFeed(c echo.Context, id string, feed *catalog.Feed) error {
	h := c.Response().Header()
	h.Set("ETag", feedTag(feed))
	h.Set(echo.HeaderCacheControl, "private, no-cache")
	h.Set(echo.HeaderVary, echo.HeaderAcceptEncoding)
	h.Set("X-Robots-Tag", "noindex")
	if at, over := lastModified(feed, time.Now()); over {
		h.Set(echo.HeaderLastModified, at.Format(http.TimeFormat))
	}
	if unchanged(c.Request().Header, feed) {
		s.metrics.fed(id, strconv.Itoa(http.StatusNotModified))
		return c.NoContent(http.StatusNotModified)
	}
	h.Set(echo.HeaderContentType, "application/xml; charset=utf-8")
	if isHead(c.Request()) {
		s.metrics.fed(id, strconv.Itoa(http.StatusOK))
		return c.NoContent(http.StatusOK)
	}
	err := s.streamFeed(c, id, feed)
	switch {
	case err == nil:
		s.metrics.fed(id, strconv.Itoa(http.StatusOK))
		return nil
	case !c.Response().Committed:
		for _, name := range []string{"ETag", echo.HeaderLastModified, echo.HeaderContentEncoding} {
			h.Del(name) // these are of the feed, not of an error
		}
		if errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrStale) { // it was just given up
			err = failure.ErrFeedUnready
		}
		return s.feedRefused(id, err)
	}
	s.metrics.fed(id, feedCut)
	ctx, level := c.Request().Context(), slog.LevelWarn
	if ctx.Err() != nil {
		level = slog.LevelDebug // that somebody hung up is no failure of ours
	}
	s.log.LogAttrs(ctx, level, "a catalog feed was cut off on its way",
		slog.String("company", id), slog.Any("err", err))
	panic(http.ErrAbortHandler) // or else it would look like the end
}

// streamFeed writes the feed as fast as it is read, if there is a place to do so.
func (s *Server) streamFeed(c echo.Context, id string, feed *catalog.Feed) error {
	packer, err := s.feeds.enter(id)
	if err != nil {
		return err
	}
	defer s.feeds.leave(id, packer)
	out := &pacedWriter{Writer: c.Response(), control: http.NewResponseController(c.Response()), begun: time.Now()}
	rest := locale.Text(locale.Russian, "feed.rest", nil)
	if !visit.TakesGzip(c.Request().Header) {
		return feed.WriteYML(c.Request().Context(), out, s.cfg.TimeZone, rest)
	}
	c.Response().Header().Set(echo.HeaderContentEncoding, "gzip")
	packer.Reset(out)
	if err := feed.WriteYML(c.Request().Context(), packer, s.cfg.TimeZone, rest); err != nil {
		return err // without the end that Close would write
	}
	return packer.Close()
}

// feedTag is the ETag of a feed. It is a weak one: what changes while the document is
// written may be in it or not.
func feedTag(feed *catalog.Feed) string { return `W/"` + feed.Version + `"` }

// lastModified is when the feed changed, to the second, and whether that second is over.
// Until it is, there may be another change with the same time, and who has this one would
// never hear of it.
func lastModified(feed *catalog.Feed, now time.Time) (at time.Time, over bool) {
	at = feed.ChangedAt.UTC().Truncate(time.Second)
	return at, !now.Before(at.Add(time.Second))
}

// unchanged reports whether a request's conditions say that the sender has the feed as it
// is. A tag counts more than a time.
func unchanged(h http.Header, feed *catalog.Feed) bool {
	if tags := h.Values("If-None-Match"); len(tags) > 0 {
		mine := strings.TrimPrefix(feedTag(feed), "W/")
		for tag := range strings.SplitSeq(strings.Join(tags, ","), ",") {
			if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == mine {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(h.Get(echo.HeaderIfModifiedSince))
	at, over := lastModified(feed, time.Now())
	return err == nil && over && !at.After(since)
}

// How fast a feed has to be read: it has to begin within patience, to go on at least at
// leastRate on average, and to end within an hour. A slow line is no fault, one that stands
// still takes a place from others.
const (
	feedPatience  = 30 * time.Second
	feedLeastRate = 16 << 10 // bytes a second
	feedLongest   = time.Hour
)

// A pacedWriter gives whoever reads the time that what was written is worth.
type pacedWriter struct {
	io.Writer
	control *http.ResponseController
	begun   time.Time
	n       int64
}

// Write fails once the time is over.
func (w *pacedWriter) Write(p []byte) (int, error) {
	w.n += int64(len(p))
	worth := min(feedPatience+time.Duration(w.n)*time.Second/feedLeastRate, feedLongest)
	err := w.control.SetWriteDeadline(w.begun.Add(worth))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return w.Writer.Write(p)
}

// How many feeds are written at a time, of all companies and of one. Each takes a
// megabyte or two.
const (
	mostFeeds          = 4
	mostFeedsOfCompany = 2
)

// feedPlaces are who fetches a feed at the moment.
type feedPlaces struct {
	mu      sync.Mutex
	of      map[string]int
	taken   int
	packers []*gzip.Writer // that are free: one takes a megabyte, and would be garbage each time
}

// enter takes a place; it fails with failure.ErrFeedBusy if there is none.
func (f *feedPlaces) enter(company string) (*gzip.Writer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.taken == mostFeeds || f.of[company] == mostFeedsOfCompany {
		return nil, failure.ErrFeedBusy
	}
	if f.of == nil {
		f.of = map[string]int{}
	}
	f.taken++
	f.of[company]++
	if n := len(f.packers); n > 0 {
		packer := f.packers[n-1]
		f.packers = f.packers[:n-1]
		return packer, nil
	}
	return gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
}

// leave gives the place back.
func (f *feedPlaces) leave(company string, packer *gzip.Writer) {
	packer.Reset(io.Discard) // it must not keep the answer
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taken--
	if f.of[company]--; f.of[company] == 0 {
		delete(f.of, company)
	}
	f.packers = append(f.packers, packer)
}

// feedURL is where a company's catalog is fetched; "" unless it is a feed. Over the socket
// nobody knows by which name others reach us, if there is no public URL: then it is a path.
func (s *Server) feedURL(c echo.Context, one storage.Company) string {
	path := company.FeedPath(one)
	switch {
	case path == "", onlyReads(c): // its token is a secret
		return ""
	case s.site.URL() == "" && visit.By(c) == visit.ByCLI:
		return path
	}
	return s.site.Root(c.Request()) + path
}
