package login

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// A browser that has signed in once keeps a name that only we can have given. It
// opens nothing. It tells the owner from strangers when there is no session any
// more: for what was typed too late, and when others are guessing the password.

// NameBrowser gives a name to a browser that has just signed in.
func (a *Account) NameBrowser() string {
	id := rand.Text()
	return id + "." + a.browserMAC(id)
}

// KnownBrowser gives the name of a browser by what it has kept; "" if we have not
// given it.
func (a *Account) KnownBrowser(kept string) string {
	id, mac, _ := strings.Cut(kept, ".")
	if !hmac.Equal([]byte(mac), []byte(a.browserMAC(id))) {
		return ""
	}
	return id
}

func (a *Account) browserMAC(id string) string {
	h := hmac.New(sha256.New, a.browserKey)
	h.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
