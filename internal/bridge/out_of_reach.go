package bridge

import (
	"net/netip"
	"strings"

	"ineed-insales/internal/weburl"
)

// OutOfReach says why chats and shops may not reach the public URL: "local", if it is a name or
// an address of this machine or its network, "http", if it is not encrypted; "" otherwise, and
// where private networks are allowed, because then chats and shops are there, too.
func (b *Bridge) OutOfReach() string {
	u, ok := weburl.Parse(b.cfg.PublicURL)
	if !ok || b.cfg.PublicURL == "" || b.cfg.AllowPrivateNetworks {
		return ""
	}
	name := u.Name
	addr, err := netip.ParseAddr(name)
	switch {
	case name == "localhost", strings.HasSuffix(name, ".localhost"), strings.HasSuffix(name, ".local"),
		err == nil && (addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast()):
		return "local"
	case u.Scheme == "http":
		return "http"
	}
	return ""
}
