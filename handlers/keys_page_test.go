package handlers

import (
	"net/url"
	"strings"
	"testing"

	"ineed-insales/storage"
)

// TestKeys: the keys are named on a page and can be switched off for the browser, without a
// script and by managers too.
func TestKeys(t *testing.T) {
	p := newAdmin(t)
	const works = ` data-keys="/access/keys"`
	golden(t, "keys", p.get("/access/keys"))
	has(t, p.get("/access"), works, `href="/access/keys"`)
	if strings.Contains(p.page("/signin", "X: 1").Body.String(), "data-keys") {
		t.Error("they work for who has not signed in")
	}
	res := p.form("/access/keys", url.Values{"keys": {"off"}}, p.cookie)
	if res.Code != 303 || res.Header().Get("Location") != "/access/keys?done=keys_off" {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	kept := res.Result().Cookies()[0]
	page := p.page("/access/keys", p.cookie+"; "+kept.Name+"="+kept.Value).Body.String()
	has(t, page, "Сейчас горячие клавиши выключены", "Включить</button>")
	hasNot(t, page, "data-keys")
	res = p.form("/access/keys", url.Values{"keys": {""}}, p.cookie)
	if gone := res.Result().Cookies()[0]; res.Code != 303 || gone.Name != kept.Name || gone.MaxAge >= 0 {
		t.Errorf("%d %v", res.Code, gone)
	}
}

// TestProblemsTellTimes: a problem with a time tells it as people write it, and exactly.
func TestProblemsTellTimes(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	secret := p.secret()
	p.stuck(p.takes(secret, "a1"), storage.Problem{Code: "desired_time_passed",
		Args: map[string]string{"at": "2020-11-23T14:59:59Z"}})
	text := p.get("/companies/2/orders/a1")
	has(t, text, "ждал заказ (<time datetime=", `title="23.11.2020 `, ">23.11.2020, ")
	hasNot(t, text, "(2020-11-23T")
}
