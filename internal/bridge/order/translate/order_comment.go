package translate

import (
	"fmt"
	"strings"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/legible"
)

// Bounds of an order's comment, in characters. The chat's own part has at most 4,000.
const (
	mostComment   = 16_000
	mostLineTitle = 80
)

// orderComment is what the customer wrote: on the whole order, and then on its lines.
// A line's comment is shown by InSales, but no client was ever seen writing it as a key
// of the line, so it stands here, where the manager reads. whole tells that nothing had
// to be cut off.
func orderComment(o *ineedchat.Order) (text string, whole bool) {
	var b strings.Builder
	b.WriteString(o.Comment)
	for i, item := range o.Items {
		if legible.Blank(item.Comment) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s: %s", lineName(item, i), strings.TrimSpace(item.Comment))
	}
	if signs := []rune(b.String()); len(signs) > mostComment {
		return string(signs[:mostComment-1]) + "…", false
	}
	return b.String(), true
}

// lineName names a line for people: by its title, else by what it was ordered with.
func lineName(item ineedchat.Item, i int) string {
	switch {
	case !legible.Blank(item.Title):
		return "«" + problem.Clip(item.Title, mostLineTitle) + "»"
	case !legible.Blank(item.SKU):
		return "«" + problem.Clip(item.SKU, mostLineTitle) + "»"
	}
	return fmt.Sprintf("Товар %d", i+1)
}
