package handlers

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// How many rows a page of a list has.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// pageOf reads the page of a list that a request asks for, and shows its rows.
func pageOf[Row, Shown any](c echo.Context,
	read func(ctx context.Context, cursor string, limit int) (list []Row, next string, err error),
	show func(Row) Shown,
) (page api.Page[Shown], err error) {
	limit, err := limitParam(c)
	if err != nil {
		return page, err
	}
	list, next, err := read(c.Request().Context(), c.QueryParam("cursor"), limit)
	if err != nil {
		return page, ofCursor(err)
	}
	page = api.Page[Shown]{Items: make([]Shown, len(list)), Next: next}
	for i, row := range list {
		page.Items[i] = show(row)
	}
	return page, nil
}

// ofCursor names the parameter that is wrong if a list has not given its cursor.
func ofCursor(err error) error {
	if errors.Is(err, storage.ErrCursor) {
		return failure.Wrong("cursor", problem.FieldCursor, nil)
	}
	return err
}

// timeParam is a time of the query; zero if it is not there.
func timeParam(c echo.Context, name string) (time.Time, error) {
	text := c.QueryParam(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, failure.Wrong(name, ruleTime, nil)
	}
	return t, nil
}

// limitParam is how long a page of a list may be.
func limitParam(c echo.Context) (int, error) {
	text := c.QueryParam("limit")
	if text == "" {
		return defaultLimit, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > maxLimit {
		return 0, failure.Wrong("limit", problem.FieldRange,
			map[string]string{"min": "1", "max": strconv.Itoa(maxLimit)})
	}
	return limit, nil
}
