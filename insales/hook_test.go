package insales

import (
	"os"
	"strings"
	"testing"
)

func TestHookedOrder(t *testing.T) {
	file := func(name string) string {
		text, err := os.ReadFile("../testdata/insales/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	update, old := file("webhook_orders_update_constructed.json"), file("webhook_order_2017.xml")
	updateID, ok := HookedOrder([]byte(update))
	if !ok {
		t.Fatal("the constructed sample")
	}
	oldID, ok := HookedOrder([]byte(old))
	if !ok {
		t.Fatal("the real XML sample")
	}
	for _, tt := range []struct {
		name, body string
		want       int64
	}{
		{"JSON", update, updateID},
		{"XML", old, oldID},
		{"byte order mark", "\ufeff" + update, updateID},
		{"wrapped", `{"order":{"id":7}}`, 7},
		{"a string", `{"id":"7"}`, 7},
		{"after other things", `{"lines":[{"id":1}],"client":{"id":2},"id":7}`, 7},
		{"torn behind it", `{"id":7,"lines":[{`, 7},
		{"torn before it", `{"lines":[{"id":`, 0},
		{"a list", `[{"id":7}]`, 0},
		{"none", `{"number":7}`, 0},
		{"not positive", `{"id":-7}`, 0},
		{"not a number", `{"id":{"x":7}}`, 0},
		{"too large", `{"id":99999999999999999999}`, 0},
		{"deep", `{"a":` + strings.Repeat("[", 20_000) + `,"id":7}`, 0},
		{"nothing", "", 0},
		{"text", "id=7", 0},
		{"XML with spaces", "  <?xml version=\"1.0\"?>\n<order>\n<lines><line><id>1</id></line></lines><id type=\"integer\"> 7 </id></order>", 7},
		{"XML torn behind it", "<order><id>7</id><li", 7},
		{"XML of another depth", "<orders><order><id>7</id></order></orders>", 0},
		{"XML nested", strings.Repeat("<a>", 10_000) + "<id>7</id>", 0},
		{"XML without an id", "<order><id nil=\"true\"/></order>", 0},
		{"entities", `<!DOCTYPE o [<!ENTITY a "7">]><order><id>&a;</id></order>`, 0},
		{"external entity", `<!DOCTYPE o SYSTEM "file:///etc/passwd"><order><id>7</id></order>`, 0},
		{"unknown entity", `<order><id>&a;</id></order>`, 0},
		{"another charset", `<?xml version="1.0" encoding="windows-1251"?><order><id>7</id></order>`, 0},
	} {
		id, ok := HookedOrder([]byte(tt.body))
		if id != tt.want || ok != (tt.want != 0) {
			t.Errorf("%s: %d %v, want %d", tt.name, id, ok, tt.want)
		}
	}
}

func FuzzHookedOrder(f *testing.F) {
	for _, s := range []string{`{"id":7}`, `{"order":{"id":"7"}}`, "<order><id>7</id></order>", "<!DOCTYPE a>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if id, ok := HookedOrder(body); ok != (id > 0) {
			t.Errorf("%d %v", id, ok)
		}
	})
}

// TestOurHook: one that was registered at an address is known by it, also if the
// shop shows a Cyrillic host in letters. Everything else is made anew.
func TestOurHook(t *testing.T) {
	const address = "https://xn--80aatcn8h.xn--e1afmkfd.xn--p1ai/webhooks/insales/2/token"
	for shown, want := range map[string]bool{
		address: true,
		"https://заказы.пример.рф/webhooks/insales/2/token":                        true,
		"https://заказы.пример.рф/webhooks/insales/2/other":                        false,
		"http://заказы.пример.рф/webhooks/insales/2/token":                         false,
		"https://указы.пример.рф/webhooks/insales/2/token":                         false,
		"https://xn--80aatcn8h.xn--e1afmkfd.xn--p1ai:443/webhooks/insales/2/token": false,
		"https://XN--80aatcn8h.xn--e1afmkfd.xn--p1ai/webhooks/insales/2/token":     false,
	} {
		h := Hook{ID: 1, Address: shown, Topic: TopicOrderUpdate, Format: hookJSON}
		if got := h.Ours(address, TopicOrderUpdate); got != want {
			t.Errorf("%s: %v", shown, got)
		}
		if h.Ours(address, TopicOrderDestroy) {
			t.Errorf("%s: of another topic", shown)
		}
	}
}
