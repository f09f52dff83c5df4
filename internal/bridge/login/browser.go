package login

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
)

// A browser that has signed in once keeps a name that only we can have given. It
// opens nothing. It tells who has signed in there from strangers when there is no
// session any more: for what was typed too late, and when others are guessing the
// password. It helps that user only: whoever may sign in could have any number of names,
// and guess another's password with each.

// NameBrowser gives a name to a browser in which a user has just signed in.
func (a *Account) NameBrowser(user int64) string {
	id := rand.Text() + "-" + strconv.FormatInt(user, 10)
	return id + "." + a.browserMAC(id)
}

// UserOfBrowser is who had signed in where a browser got its name. Names that tell no user
// are from the time when there was only the first. The name must be one that KnownBrowser gave.
func UserOfBrowser(id string) int64 {
	_, number, told := strings.Cut(id, "-")
	if !told {
		return 1
	}
	user, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0
	}
	return user
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
