package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ineed-insales/insales"
)

// pageSizes are asked for, the largest last.
var pageSizes = []int{100, 250, 500}

// pageSize asks for pages of more and more rows, of orders or products, whichever
// are more. What a page gives if there are fewer rows than that tells nothing of the
// limit; that it gives all of them is what is assumed.
func (r *run) pageSize(ctx context.Context) error {
	path, there := "orders", r.lists.orders
	if r.lists.products > there {
		path, there = "products", r.lists.products
	}
	if there < 0 {
		r.says("page_size", untried(reasonNoRight), exchange{})
		return nil
	}
	var gave []string
	var last exchange
	largest := 0
	for _, n := range pageSizes {
		rows := 0
		q := url.Values{"page": {"1"}, "per_page": {strconv.Itoa(n)}}
		reply, e, err := r.list(ctx, path, path, q, func(document) { rows++ })
		if err != nil {
			return err
		}
		if reply.Status != http.StatusOK {
			if n <= insales.PageSize {
				r.says("page_size", otherwise(reasonStatus, "status", strconv.Itoa(reply.Status), "asked",
					strconv.Itoa(n)), e)
				return nil
			}
			break
		}
		gave, last, largest = append(gave, fmt.Sprintf("%d → %d", n, rows)), e, max(largest, rows)
		if int64(n) >= there {
			break // larger pages would show the same
		}
	}
	args := []string{"gave", strings.Join(gave, ", "), "rows", strconv.FormatInt(there, 10)}
	r.learnt.PageSize = 0
	if want := min(there, insales.PageSize); int64(largest) < want {
		r.learnt.PageSize = largest
		r.says("page_size", otherwise(reasonSmallPage, args...), last)
		return nil
	}
	r.says("page_size", holds(args...), last)
	return nil
}
