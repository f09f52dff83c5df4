package wire

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// layouts are the notations of a time without a zone. A date alone is its midnight.
var layouts = []string{
	"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
	"02.01.2006 15:04:05", "02.01.2006 15:04", "02.01.2006, 15:04:05", "02.01.2006, 15:04", "02.01.2006",
	"02.01.06 15:04",
}

// zoned are the notations with one.
var zoned = []string{
	time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00",
	"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 -0700 MST", time.RFC1123Z, time.RFC1123,
}

// Seconds of Unix between these are a time that a chat can mean; a thousand times so
// many are milliseconds.
const (
	earliest = 946684800  // 2000
	latest   = 4102444800 // 2100
)

// datetime gives a time as the contract has it: of Unix' seconds or milliseconds, of
// notations with a zone, and of those without in the zone that is given. null and an
// empty text are null.
func datetime(zone *time.Location, v any) (any, error) {
	var text string
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		text = strings.TrimSpace(v)
	case json.Number:
		text = v.String()
	case int:
		text = strconv.Itoa(v)
	case *big.Int:
		text = v.String()
	case float64:
		text = strconv.FormatFloat(math.Floor(v), 'f', 0, 64)
	default:
		return nil, unreadable("datetime", "neither a number nor a text")
	}
	if text == "" {
		return nil, nil
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return unixTime(n)
	}
	for _, layout := range zoned {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Format(time.RFC3339), nil
		}
	}
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at.Format(time.RFC3339), nil
		}
	}
	return nil, unreadable("datetime", "a time in a notation that is not known")
}

func unixTime(seconds float64) (any, error) {
	if seconds >= earliest*1000 {
		seconds /= 1000
	}
	if !(seconds >= earliest && seconds < latest) {
		return nil, unreadable("datetime", "a number that is no time of this century")
	}
	return time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339), nil
}
