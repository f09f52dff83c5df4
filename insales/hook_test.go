package insales

import (
	"bytes"
	"encoding/binary"
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
	updateID, ok := HookedOrder(strings.NewReader(update))
	if !ok {
		t.Fatal("the constructed sample")
	}
	oldID, ok := HookedOrder(strings.NewReader(old))
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
		{"XML with spaces", "  <?xml version=\"1.0\"?>\n<order>\n<lines><line><id>1</id></line></lines>" +
			"<id type=\"integer\"> 7 </id></order>", 7},
		{"XML torn behind it", "<order><id>7</id><li", 7},
		{"XML of another depth", "<orders><order><id>7</id></order></orders>", 0},
		{"XML nested", strings.Repeat("<a>", 10_000) + "<id>7</id>", 0},
		{"XML without an id", "<order><id nil=\"true\"/></order>", 0},
		{"entities", `<!DOCTYPE o [<!ENTITY a "7">]><order><id>&a;</id></order>`, 0},
		{"external entity", `<!DOCTYPE o SYSTEM "file:///etc/passwd"><order><id>7</id></order>`, 0},
		{"unknown entity", `<order><id>&a;</id></order>`, 0},
		{"a document type behind a comment", `<!-- x --><!DOCTYPE order><order><id>7</id></order>`, 0},
		{"wrapped twice", `{"order":{"order":{"id":7}}}`, 0},
		{"another name", `{"ID":8,"Id":9,"order_id":10,"id":7}`, 7},
		{"another name around it", `{"Order":{"id":8},"id":7}`, 7},
		{"two ids", `{"id":7,"id":8}`, 7},
		{"a value that is called so", `{"number":"id","name":"order","id":7}`, 7},
		{"quotes and brackets in texts", `{"comment":"\"id\":8}],{[","id":7}`, 7},
		{"an escape at the end of a text", `{"comment":"\\","id":7}`, 7},
		{"a fraction", `{"id":7.5}`, 0},
		{"a large exponent", `{"id":1e999999999}`, 0},
		{"a long number", `{"id":` + strings.Repeat("7", 1000) + `}`, 0},
		{"torn in the number", `{"id":7`, 0},
		{"null", `{"id":null,"number":7}`, 0},
		{"wrapped nothing", `{"order":null,"id":7}`, 7},
		{"windows-1251", "<?xml version=\"1.0\" encoding=\"windows-1251\"?><order><name>\xc0\xed\xed\xe0</name>" +
			"<id>7</id></order>", 7},
		{"koi8-r", "<?xml version='1.0' encoding='koi8-r'?><order><name>\xe1\xce\xce\xc1</name><id>7</id></order>", 7},
		{"a charset that is none", `<?xml version="1.0" encoding="utf8"?><order><name>Анна</name>` +
			`<id>7</id></order>`, 7},
		{"a charset that it is not in", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><order><name>\xc0\xff</name>" +
			"<id>7</id></order>", 7},
		{"a charset in two bytes by name only", `<?xml version="1.0" encoding="UTF-16"?><order><id>7</id></order>`, 7},
		{"UTF-16", utf16(binary.LittleEndian,
			`<?xml version="1.0" encoding="UTF-16"?><order><name>Мария</name><id>7</id></order>`), 7},
		{"UTF-16, the other way", utf16(binary.BigEndian, `{"name":"Мария","id":7}`), 7},
		{"a blank of HTML before it", `<order><name>Анна&nbsp;Иванова &unknown; &</name><id>7</id></order>`, 7},
		{"a blank of HTML in it", `<order><id>&nbsp;7&#160;</id></order>`, 7},
		{"a blank of windows-1251 in it", "<order><id>\xa07</id></order>", 7},
		{"a control character", "<order><name>\x00\x01</name><id>7</id></order>", 7},
		{"section of plain text",
			`<order><name><![CDATA[</order><id>8</id>]]></name><id><![CDATA[7]]></id></order>`, 7},
		{"a comment", `<order><!-- <id>8</id> -- ><id>9</id> --><id>7</id></order>`, 7},
		{"brackets in attributes", `<order a="<id>8</id>" b='/>'><id type="integer">7</id></order>`, 7},
		{"an empty element", `<order><lines/><id/><number>8</number><id>7</id></order>`, 7},
		{"a name space", `<o:order xmlns:o="x"><o:id>7</o:id></o:order>`, 7},
		{"another name in XML", `<order><ID>8</ID><idx>9</idx><id>7</id></order>`, 7},
		{"text and digits", `<order><id>7a</id></order>`, 0},
		{"behind the most", `<order><name>` + strings.Repeat("x", maxHook) + `</name><id>7</id></order>`, 0},
	} {
		id, ok := HookedOrder(strings.NewReader(tt.body))
		if id != tt.want || ok != (tt.want != 0) {
			t.Errorf("%s: %d %v, want %d", tt.name, id, ok, tt.want)
		}
	}
}

// utf16 writes a text of two bytes a sign, with a mark before it.
func utf16(order binary.AppendByteOrder, text string) string {
	out := order.AppendUint16(nil, 0xfeff)
	for _, r := range text {
		out = order.AppendUint16(out, uint16(r))
	}
	return string(out)
}

func FuzzHookedOrder(f *testing.F) {
	for _, s := range []string{`{"id":7}`, `{"order":{"id":"7"}}`, "<order><id>7</id></order>", "<!DOCTYPE a>",
		`{"order":{"order":{"order":`,
		"\ufeff<?xml version='1.0' encoding='utf8'?><order>\xc0&nbsp;<id>&nbsp;7</id>", "\xff\xfe<\x00o\x00>\x00",
		`{"a":"\\\"","id": "7"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if id, ok := HookedOrder(bytes.NewReader(body)); ok != (id > 0) {
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
