package translate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
)

// MarkerName stands in every marker of every connector: an order of the shop whose
// bytes lack it is certainly not ours, even if they cannot be read.
const MarkerName = "ineed:"

// markerPrefix begins every marker.
const markerPrefix = "[" + MarkerName

// A marker is how an order in the shop names the order of the chat that it came from:
// [ineed:ORDER:MAC]. It stands in the manager's comment, where no customer writes. The
// MAC is made with a key that only this installation has, over the company and the
// order: everybody can read a marker, and nobody else can make one for us.
var (
	markerForm = regexp.MustCompile(`\[ineed:([A-Za-z0-9._:~-]{1,68}):([a-z2-7]{16})\]`)
	markerText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
)

// Marker makes the marker of an order.
func Marker(key []byte, company, order string) string {
	return markerPrefix + order + ":" + markerMAC(key, company, order) + "]"
}

// FindMarker gives the chat order that a manager comment names for this
// company. A marker of another company or installation does not count; foreign
// tells that there was one.
func FindMarker(key []byte, company, comment string) (order string, found, foreign bool) {
	if !strings.Contains(comment, markerPrefix) {
		return "", false, false
	}
	for _, m := range markerForm.FindAllStringSubmatch(comment, -1) {
		if hmac.Equal([]byte(m[2]), []byte(markerMAC(key, company, m[1]))) {
			return m[1], true, false
		}
		foreign = true
	}
	return "", false, foreign
}

// OtherMarkers gives the chat orders that a manager comment names with markers
// that none of these companies makes under this key.
func OtherMarkers(key []byte, companies []string, comment string) (orders []string) {
	for _, m := range markerForm.FindAllStringSubmatch(comment, -1) {
		if !slices.ContainsFunc(companies, func(c string) bool {
			return hmac.Equal([]byte(m[2]), []byte(markerMAC(key, c, m[1])))
		}) {
			orders = append(orders, m[1])
		}
	}
	return orders
}

// HasMarkerOf reports whether a comment has a marker of an order, or the begin of one,
// whoever made it.
func HasMarkerOf(comment, order string) bool {
	return strings.Contains(comment, markerPrefix+order+":")
}

// markerMAC is 80 bits of HMAC over company and order, each with its length.
func markerMAC(key []byte, company, order string) string {
	h := hmac.New(sha256.New, key)
	for _, s := range []string{company, order} {
		_ = binary.Write(h, binary.BigEndian, uint32(len(s))) // a hash never fails
		h.Write([]byte(s))
	}
	return markerText.EncodeToString(h.Sum(nil)[:10])
}
