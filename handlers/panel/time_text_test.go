package panel

import (
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
	if got := ago(c, time.Now().Add(-time.Hour)); got != "1 час назад" {
		t.Error(got)
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
