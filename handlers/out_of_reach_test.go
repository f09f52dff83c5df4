package handlers

import (
	"strings"
	"testing"

	"ineed-insales/handlers/panel"
	"ineed-insales/internal/bridge"
)

// TestOutOfReach: the overview says that nobody outside can reach the public URL.
func TestOutOfReach(t *testing.T) {
	for public, want := range map[string]string{
		"http://localhost:8080":     "до него не дойдут",
		"http://panel.example.com":  "в открытом виде",
		"https://panel.example.com": "",
	} {
		p := newAdmin(t)
		p.company(nil)
		b, err := bridge.New(t.Context(), bridge.Config{Store: p.store, ChatURL: "https://demo.ineed.chat",
			PublicURL: public, Message: panel.Messages(public)})
		if err != nil {
			t.Fatal(err)
		}
		p.server.cfg.Bridge = b
		p.newSite(public)
		host := strings.TrimPrefix(strings.TrimPrefix(public, "http://"), "https://")
		text := p.page("/", p.cookie, "Host: "+host).Body.String()
		for _, said := range []string{"до него не дойдут", "в открытом виде"} {
			if strings.Contains(text, said) != (said == want) {
				t.Errorf("%s: %s", public, text)
			}
		}
	}
}
