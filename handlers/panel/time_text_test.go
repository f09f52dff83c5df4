package panel

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestLasting(t *testing.T) {
	c := request()
	for d, want := range map[time.Duration]string{-time.Second: "меньше секунды",
		300 * time.Millisecond: "меньше секунды", 2 * time.Second: "2 секунды", 90 * time.Second: "1 минуту",
		47 * time.Hour: "47 часов", 50 * time.Hour: "2 дня"} {
		if got := lasting(c, d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	if got := ago(c, time.Now()); got != "только что" {
		t.Error(got)
	}
	for d, want := range map[time.Duration]string{8 * time.Second: "8 секунд назад", time.Minute: "минуту назад",
		2 * time.Minute: "2 минуты назад", 11 * time.Minute: "11 минут назад", 21 * time.Minute: "21 минуту назад",
		time.Hour: "час назад", 21 * time.Hour: "21 час назад", 48 * time.Hour: "2 дня назад",
		21 * 24 * time.Hour: "21 день назад"} {
		if got := ago(c, time.Now().Add(-d)); strings.ReplaceAll(got, "\u00a0", " ") != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	c.Request().AddCookie(&http.Cookie{Name: langCookie, Value: "en"})
	for d, want := range map[time.Duration]string{time.Minute: "a minute ago", 21 * time.Minute: "21 minutes ago",
		time.Hour: "an hour ago", 72 * time.Hour: "3 days ago"} {
		if got := ago(c, time.Now().Add(-d)); strings.ReplaceAll(got, "\u00a0", " ") != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// TestLength: a duration that stands alone is in the nominative.
func TestLength(t *testing.T) {
	c := request()
	for d, want := range map[time.Duration]string{0: "меньше секунды", time.Second: "1 секунда", 2 * time.Second: "2 секунды",
		time.Minute: "1 минута", 21 * time.Minute: "21 минута", 25 * time.Minute: "25 минут", time.Hour: "1 час",
		72 * time.Hour: "3 дня"} {
		if got := length(c, d); strings.ReplaceAll(got, "\u00a0", " ") != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestWhen(t *testing.T) {
	s := &Server{timeZone: time.FixedZone("MSK", 3*60*60)}
	for at, want := range map[time.Time]string{{}: "",
		time.Date(2020, 1, 2, 22, 30, 0, 0, time.UTC): "03.01.2020, 01:30"} {
		if got := s.when(request(), at); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}
