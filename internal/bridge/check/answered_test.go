package check

import (
	"io"
	"maps"
	"slices"
	"time"

	"ineed-insales/insales"
	"ineed-insales/storage"
)

// answered is a failure with the shop's answer.
func answered(status int, change ...func(*insales.Error)) *insales.Error {
	e := &insales.Error{Op: "order_create", Status: status, Reached: true}
	for _, f := range change {
		f(e)
	}
	return e
}

func limited(e *insales.Error) { e.Limited, e.RetryAfter = true, time.Minute }
func torn(e *insales.Error)    { e.Err = io.ErrUnexpectedEOF }
func moved(e *insales.Error)   { e.MovedTo = "shop-1.myinsales.ru" }

// told is a problem as one text: its code and, by name, its arguments.
func told(p *storage.Problem) string {
	if p == nil {
		return ""
	}
	text := p.Code
	for _, name := range slices.Sorted(maps.Keys(p.Args)) {
		text += " " + name + "=" + p.Args[name]
	}
	return text
}
