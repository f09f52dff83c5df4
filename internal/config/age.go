package config

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// An Age is how old something may become: a number of days ("365d"), a duration as Go writes
// it ("8760h"), or 0 = for ever.
type Age time.Duration

const (
	wantAge = "days such as 365d (at least 1d), or 0 for ever"

	leastAge, mostAge = Age(24 * time.Hour), Age(3650 * 24 * time.Hour)
)

var errAge = errors.New("not an age")

// UnmarshalText reads an age, which the package env asks for.
func (a *Age) UnmarshalText(text []byte) error {
	word := string(text)
	if days, ok := strings.CutSuffix(word, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return errAge
		}
		*a = Age(time.Duration(n) * 24 * time.Hour)
	} else {
		d, err := time.ParseDuration(word)
		if err != nil {
			return errAge
		}
		*a = Age(d)
	}
	if *a != 0 && (*a < leastAge || *a > mostAge) {
		return errAge
	}
	return nil
}

// Duration is the age as a time.
func (a Age) Duration() time.Duration { return time.Duration(a) }
