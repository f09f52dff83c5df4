package visit

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// TakesGzip reports whether the sender of a request unpacks gzip.
func TakesGzip(h http.Header) bool {
	for one := range strings.SplitSeq(strings.Join(h.Values(echo.HeaderAcceptEncoding), ","), ",") {
		name, quality, _ := strings.Cut(one, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		_, q, weighed := strings.Cut(quality, "=")
		weight, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return !weighed || err == nil && weight > 0
	}
	return false
}
