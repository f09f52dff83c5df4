package handlers

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/bridge"
	"ineed-insales/internal/ineedchat"
)

// TestIDsAndRoutes: no id that a company or an order may have leads to another
// route than the one it stands in. Every word that is a segment of one of our
// routes is tried in the place of every id.
func TestIDsAndRoutes(t *testing.T) {
	s := New(Config{})
	for _, e := range []*echo.Echo{s.public, s.socket} {
		words := map[string]bool{"...": true, "-": true, "orders.csv": true}
		for _, r := range e.Routes() {
			for word := range strings.SplitSeq(r.Path, "/") {
				if ineedchat.ValidID(word) && !strings.HasPrefix(word, ":") {
					words[word] = true
				}
			}
		}
		tried := 0
		for _, r := range e.Routes() {
			for _, param := range []string{":company", ":order"} {
				if !strings.Contains(r.Path, param) {
					continue
				}
				for word := range words {
					if param == ":company" && slices.Contains(bridge.TakenIDs(), word) {
						continue
					}
					tried++
					path := strings.NewReplacer(param, word, ":company", "c-2", ":order", "o-1", ":token", "t", ":kind",
						"k").Replace(r.Path)
					c := e.NewContext(httptest.NewRequestWithContext(t.Context(), r.Method, path, nil),
						httptest.NewRecorder())
					e.Router().Find(r.Method, path, c)
					if c.Path() != r.Path || c.Param(param[1:]) != word {
						t.Errorf("%s %s is taken for %s", r.Method, path, c.Path())
					}
				}
			}
		}
		if tried < 1000 {
			t.Errorf("only %d ways were tried", tried)
		}
	}
}

// TestTakenIDs: a company cannot be given an id whose page would be another one;
// it is told so at the field.
func TestTakenIDs(t *testing.T) {
	p := newAdmin(t)
	for _, id := range bridge.TakenIDs() {
		code, body := p.api("PUT", "/companies/"+id, settings("signature", "https://shop-1.myinsales.ru", false))
		if code != http.StatusUnprocessableEntity || at(body, "errors.0.field") != "id" ||
			at(body, "errors.0.rule") != "id_taken" {
			t.Errorf("%s: %d %v", id, code, body)
		}
	}
	if code, _ := p.api("PUT", "/companies/New",
		settings("signature", "https://shop-1.myinsales.ru", false)); code != http.StatusCreated {
		t.Errorf("New: %d", code)
	}
}
