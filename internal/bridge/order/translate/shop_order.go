package translate

import (
	"regexp"
	"strconv"
	"strings"

	"ineed-insales/internal/weburl"
)

// adminOrder finds the order's id in the path of an address of a shop's admin.
var adminOrder = regexp.MustCompile(`/orders/([0-9]{1,18})(?:\.json)?/?(?:[?#].*)?$`)

// A ShopOrder is an order of the shop as a person names it: by its number alone, or by
// pasting the address line of the browser, which tells of which shop it is.
type ShopOrder struct {
	ID   int64
	Host string // of the address that was given, in its one form; empty if it was the id alone
}

// ParseShopOrder takes an InSales order id, or the address at which a person
// sees the order in the shop's admin. It is false for anything else.
func ParseShopOrder(text string) (o ShopOrder, ok bool) {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "/") {
		path := text
		if !strings.HasPrefix(text, "/") {
			u, ok := weburl.Parse(text)
			if !ok {
				return o, false
			}
			o.Host, path = u.Host(), u.Path
		}
		m := adminOrder.FindStringSubmatch(path)
		if m == nil {
			return o, false
		}
		text = m[1]
	}
	id, err := strconv.ParseInt(text, 10, 64)
	o.ID = id
	return o, err == nil && id > 0
}
