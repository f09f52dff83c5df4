package translate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"

	"github.com/shopspring/decimal"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
)

// FingerprintOf gives the fingerprint that an order of the chat has once it is in the
// shop. It is empty, and so like no other, if the order's lines cannot be translated.
func FingerprintOf(o *ineedchat.Order) string {
	lines, wrong := translateLines(o.Items)
	if wrong != nil {
		return ""
	}
	return Fingerprint(o.Customer.Phone, requestedLines(lines))
}

// Fingerprint hashes the phone and the lines of an order of the shop. Two orders with
// one fingerprint may be the same order, even if one of them has lost its marker.
func Fingerprint(phone string, lines []insales.Line) string {
	sum := map[int64]decimal.Decimal{}
	for _, l := range lines {
		sum[l.VariantID] = sum[l.VariantID].Add(l.Quantity)
	}
	list := make([]string, 0, len(sum))
	for id, n := range sum {
		list = append(list, fmt.Sprintf("%d×%s", id, n))
	}
	sort.Strings(list)
	h := sha256.Sum256([]byte(PhoneDigits(phone) + "\n" + strings.Join(list, "\n")))
	return hex.EncodeToString(h[:16])
}

// requestedLines gives what was asked for in the shape of what is answered.
func requestedLines(lines []insales.NewLine) []insales.Line {
	out := make([]insales.Line, len(lines))
	for i, l := range lines {
		out[i].VariantID = l.VariantID
		out[i].Quantity, _ = decimal.NewFromString(string(l.Quantity)) // made by amount
		out[i].SalePrice, _ = decimal.NewFromString(string(l.SalePrice))
	}
	return out
}
