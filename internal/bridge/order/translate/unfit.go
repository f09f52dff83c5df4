package translate

import (
	"strconv"
	"time"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// Unfit tells why an order may not leave by itself although it could be
// translated: it is too old, or its desired time has passed. A person's
// release begins its age anew and overrules the desired time.
func Unfit(c storage.Company, o *storage.Order, order *ineedchat.Order, now time.Time) *storage.Problem {
	if age := now.Sub(o.AgeFrom); c.Orders.MaxAge > 0 && age > c.Orders.MaxAge {
		return &storage.Problem{Code: problem.TooOld, Args: map[string]string{"hours": strconv.Itoa(int(age.Hours()))}}
	}
	released := o.AgeFrom.After(o.AcceptedAt)
	until := order.Delivery.DesiredTo
	if until == "" {
		until = order.Delivery.DesiredFrom
	}
	if t, err := until.Time(); err == nil && until != "" && t.Before(now) && !released {
		return &storage.Problem{Code: problem.DesiredTimePassed,
			Args: map[string]string{"at": t.UTC().Format(time.RFC3339)}}
	}
	return nil
}
