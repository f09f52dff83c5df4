package order

import (
	"maps"
	"regexp"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// secretField is a field of JSON, be it torn, whose name says that its value
// opens something: of a shop's order, the key of the customer's page.
var secretField = regexp.MustCompile(`("(?:[a-z_]*_)?(?:password|token|secret|key)"\s*:\s*)"(?:[^"\\]|\\.)*"?`)

// keptAnswer is an answer as it is kept for people to look at.
func keptAnswer(text []byte) storage.Packed {
	return storage.Pack(secretField.ReplaceAll(text, []byte(`$1"•••"`)))
}

// An exchange is a request and its answer, as they are kept, with the id by which the
// other side knows it.
type exchange struct {
	request, answer storage.Packed
	named, id       string // what the id is called in the history; "" = there is none
}

// withShop is an exchange with a shop.
func withShop(x insales.Exchange) exchange {
	return exchange{storage.Pack(x.Request), keptAnswer(x.Answer), "shop_request_id", x.ID}
}

// withChat is an exchange with a chat.
func withChat(x ineedchat.Exchange) exchange {
	return exchange{storage.Pack(x.Request), keptAnswer(x.Answer), "webhook_id", x.ID}
}

// event is e with the exchange that it tells of.
func (x exchange) event(e storage.Event) storage.Event {
	e.Request, e.Answer = x.request, x.answer
	if x.id != "" {
		args := map[string]string{x.named: x.id}
		maps.Copy(args, e.Args)
		e.Args = args
	}
	return e
}
