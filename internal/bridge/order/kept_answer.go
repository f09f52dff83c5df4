package order

import (
	"regexp"

	"ineed-insales/storage"
)

// secretField is a field of JSON, be it torn, whose name says that its value
// opens something: of a shop's order, the key of the customer's page.
var secretField = regexp.MustCompile(`("(?:[a-z_]*_)?(?:password|token|secret|key)"\s*:\s*)"(?:[^"\\]|\\.)*"?`)

// keptAnswer is an answer as it is kept for people to look at.
func keptAnswer(text []byte) storage.Packed {
	return storage.Pack(secretField.ReplaceAll(text, []byte(`$1"•••"`)))
}

// An exchange is a request and its answer, as they are kept.
type exchange struct{ request, answer storage.Packed }

func exchanged(request, answer []byte) exchange {
	return exchange{storage.Pack(request), keptAnswer(answer)}
}

// event is e with the exchange that it tells of.
func (x exchange) event(e storage.Event) storage.Event {
	e.Request, e.Answer = x.request, x.answer
	return e
}
