package visit

import (
	"net/url"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// Param is a segment of the path as it was meant: Echo gives it still escaped
// if the path came with unusual escapes, such as %3A. What cannot be unescaped
// names nothing.
func Param(c echo.Context, name string) string {
	value := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return value
	}
	text, err := url.PathUnescape(value)
	if err != nil {
		return ""
	}
	return text
}

// BoolParam is a true or false of the query; nil = the query does not say.
func BoolParam(c echo.Context, name string) (*bool, error) {
	var v bool
	switch c.QueryParam(name) {
	case "":
		return nil, nil
	case "true":
		v = true
	case "false":
	default:
		return nil, failure.Wrong(name, problem.FieldOneOf, map[string]string{"values": "true, false"})
	}
	return &v, nil
}

// OrderKey is the order that the path and ?test= name. A test order and a real
// one may have the same id; without the parameter the real one is meant.
func OrderKey(c echo.Context) (storage.OrderKey, error) {
	test, err := BoolParam(c, "test")
	if err != nil {
		return storage.OrderKey{}, err
	}
	key := storage.OrderKey{Company: Param(c, "company"), ID: Param(c, "order"), Test: test != nil && *test}
	return key, nil
}
