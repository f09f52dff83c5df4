package company

import (
	"fmt"
	"strings"
	"testing"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// The key card of InSales shows a URL with the key in it; these stand for
// the two parts of one.
const (
	pastedID       = "00000000000000000000000000000a02"
	pastedPassword = "00000000000000000000000000000b02"
)

// toldFaults is what a save would say of the fields: "field rule", by field.
func toldFaults(i *problem.Invalid) string {
	var list []string
	for _, f := range i.Fields {
		list = append(list, f.Field+" "+f.Problem.Code)
	}
	return strings.Join(list, ", ")
}

// TestShopURL: the URL of a shop in every form in which it can be copied.
func TestShopURL(t *testing.T) {
	long := strings.Repeat("a", 63)
	tests := []struct{ typed, public, private string }{ // "" = the first, "!" and a rule = refused
		{"https://shop-1.myinsales.ru", "https://shop-1.myinsales.ru", ""},
		{"shop-1.myinsales.ru", "https://shop-1.myinsales.ru", ""},
		{" \thttps://SHOP-1.MyInSales.RU/ \n", "https://shop-1.myinsales.ru", ""},
		{"//shop-1.myinsales.ru/admin", "https://shop-1.myinsales.ru", ""},
		{"HTTPS://shop-1.myinsales.ru/admin2/orders/70000001?tab=1#top", "https://shop-1.myinsales.ru", ""},
		{"shop-1.myinsales.ru/admin/orders.json?from=http://other.example", "https://shop-1.myinsales.ru", ""},
		{"shop-1.myinsales.ru.", "https://shop-1.myinsales.ru", ""},
		{"https://shop-1.myinsales.ru.:443/", "https://shop-1.myinsales.ru", ""},
		{"https://shop-1.myinsales.ru:", "https://shop-1.myinsales.ru", ""},
		{"https://shop-1.myinsales.ru:8443", "https://shop-1.myinsales.ru:8443", ""},
		{"https://" + pastedID + ":" + pastedPassword + "@shop-1.myinsales.ru/admin/orders.json",
			"https://shop-1.myinsales.ru", ""},
		{pastedID + ":" + pastedPassword + "@shop-1.myinsales.ru/admin/orders.json", "https://shop-1.myinsales.ru", ""},
		{"www.example.com/collection/all", "https://www.example.com", ""},
		{"https://Магазин.РФ/каталог", "https://xn--80aairftm.xn--p1ai", ""},
		{"магазин。рф", "https://xn--80aairftm.xn--p1ai", ""},
		{"https://xn--80aairftm.xn--p1ai", "https://xn--80aairftm.xn--p1ai", ""},
		{"https://%D0%BC%D0%B0%D0%B3%D0%B0%D0%B7%D0%B8%D0%BD.%D1%80%D1%84", "https://xn--80aairftm.xn--p1ai", ""},
		{"shop\u200b-1.myinsales.ru", "https://shop-1.myinsales.ru", ""},
		{"https://a_b.example.com", "https://a_b.example.com", ""},
		{"https://1.1.1.1", "https://1.1.1.1", ""},
		{"[2606:4700:0::1111]:443", "https://[2606:4700::1111]", ""},

		// http is made https, but for one's own network.
		{"http://shop-1.myinsales.ru/admin", "https://shop-1.myinsales.ru", "http://shop-1.myinsales.ru"},
		{"http://shop-1.myinsales.ru:80", "https://shop-1.myinsales.ru", "http://shop-1.myinsales.ru"},
		{"http://shop-1.myinsales.ru:443", "https://shop-1.myinsales.ru", "http://shop-1.myinsales.ru:443"},
		{"http://127.0.0.1:8081", "!private_host", "http://127.0.0.1:8081"},
		{"https://[::1]:8443", "!private_host", "https://[::1]:8443"},
		{"https://10.1.2.3", "!private_host", "https://10.1.2.3"},
		{"http://sandbox:8081", "!shop_url", "http://sandbox:8081"},
		{"localhost:8081", "!shop_url", "https://localhost:8081"},
		{"https://169.254.169.254/latest", "!private_host", "!private_host"},
		{"https://[fd00:ec2::254]", "!private_host", "!private_host"},
		{"https://0.0.0.0", "!private_host", "!private_host"},

		{"", "!required", "!required"},
		{"  ", "!required", "!required"},
		{"https://", "!shop_url", "!shop_url"},
		{"мой магазин", "!shop_url", "!shop_url"},
		{"http://apikey:password@hostname/admin/resource.json", "!shop_url", "http://hostname"},
		{"ftp://shop-1.myinsales.ru", "!shop_url", "!shop_url"},
		{"javascript:alert(1)", "!shop_url", "!shop_url"},
		{"Https:/shop-1.myinsales.ru", "https://shop-1.myinsales.ru", ""},
		{"https:///shop-1.myinsales.ru", "https://shop-1.myinsales.ru", ""},
		{"https://shop-1.myinsales.ru:port", "!shop_url", "!shop_url"},
		{"https://shop-1.myinsales.ru:0", "!shop_url", "!shop_url"},
		{"https://shop-1.myinsales.ru:65536", "!shop_url", "!shop_url"},
		{"https://shop..myinsales.ru", "!shop_url", "!shop_url"},
		{"https://.myinsales.ru", "!shop_url", "!shop_url"},
		{"https://shop-1.myinsales.ru..", "!shop_url", "!shop_url"},
		{"https://shop 1.myinsales.ru", "!shop_url", "!shop_url"},
		{"https://shop!.myinsales.ru", "!shop_url", "!shop_url"},
		{"https://shop<b>.myinsales.ru", "!shop_url", "!shop_url"},
		{"https://" + long + "a.ru", "!shop_url", "!shop_url"},
		{"https://" + strings.Repeat(long+".", 4) + "ru", "!shop_url", "!shop_url"},
		{"https://127.1", "!shop_url", "!shop_url"},
		{"https://2130706433", "!shop_url", "!shop_url"},
		{"https://0x7f.1", "!shop_url", "!shop_url"},
		{"https://[fe80::1%25lo]", "!shop_url", "!shop_url"},
		{"https://" + pastedID + ":" + pastedPassword + "@shop 1.ru", "!shop_url", "!shop_url"},
		{"https://магазин\u202e.рф", "!shop_url", "!shop_url"},
	}
	for _, test := range tests {
		for _, private := range []bool{false, true} {
			want := test.public
			if private && test.private != "" {
				want = test.private
			}
			b, bad := NewShared(Config{AllowPrivateNetworks: private}), &problem.Invalid{}
			c := storage.Company{Shop: storage.Shop{URL: test.typed}}
			b.Tidy(&c, storage.Company{}, bad)
			got := c.Shop.URL
			if len(bad.Fields) > 0 {
				got += strings.Replace(toldFaults(bad), "shop.url ", "!", 1)
			}
			if got != want {
				t.Errorf("%q, private networks allowed %v: %q, want %q", test.typed, private, got, want)
			}
			if text := fmt.Sprint(bad, c.Shop.URL); strings.Contains(text, pastedPassword) ||
				strings.Contains(text, pastedID) {
				t.Errorf("%q: the key stands in %s", test.typed, text)
			}
		}
	}
}

// TestChatURL: the chat's keeps its path and must be https.
func TestChatURL(t *testing.T) {
	for typed, want := range map[string]string{
		"":                                    "",
		"https://Demo.INEED.chat/":            "https://demo.ineed.chat",
		"demo.ineed.chat":                     "https://demo.ineed.chat",
		"https://proxy.example/chat/?a=b#c":   "https://proxy.example/chat",
		"https://proxy.example:443/a%20b//":   "https://proxy.example/a%20b",
		"https://id:password@demo.ineed.chat": "https://demo.ineed.chat",
		"https://чат.рф":                      "https://xn--80a0bn.xn--p1ai",
		"http://demo.ineed.chat":              "chat.url https",
		"http://demo.ineed.chat (private)":    "http://demo.ineed.chat",
		"http://127.0.0.1:8082/x (private)":   "http://127.0.0.1:8082/x",
		"https://127.0.0.1":                   "chat.url private_host",
		"https://169.254.169.254 (private)":   "chat.url private_host",
		"demo":                                "chat.url url",
		"ftp://demo.ineed.chat":               "chat.url url",
		"https://":                            "chat.url url",
	} {
		text, private := strings.CutSuffix(typed, " (private)")
		b, bad := NewShared(Config{AllowPrivateNetworks: private}), &problem.Invalid{}
		c := storage.Company{Shop: storage.Shop{URL: "https://shop-1.myinsales.ru"}, Chat: storage.Chat{URL: text}}
		b.Tidy(&c, storage.Company{}, bad)
		if got := c.Chat.URL + toldFaults(bad); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

// TestPastedKey: the key in a pasted URL stands in for what was left out, and
// a password goes only with the key and to the host that it belongs to.
func TestPastedKey(t *testing.T) {
	const pasted = "https://" + pastedID + ":" + pastedPassword + "@shop-1.myinsales.ru/admin/orders.json"
	stored := storage.Shop{URL: "https://shop-1.myinsales.ru", KeyID: "stored-id", Password: "stored-password"}
	elsewhere := stored
	elsewhere.URL = "https://shop-2.myinsales.ru"
	tests := []struct {
		name          string
		old           storage.Shop
		url, id, pass string
		want          string // id and password, or the rule that is broken
	}{
		{"new, all in the URL", storage.Shop{}, pasted, "", "", pastedID + " " + pastedPassword},
		{"new, masked", storage.Shop{}, pasted, "", storage.Masked, pastedID + " " + pastedPassword},
		{"new, the id given", storage.Shop{}, pasted, pastedID, "", pastedID + " " + pastedPassword},
		{"new, the password given", storage.Shop{}, pasted, "", "typed", pastedID + " typed"},
		{"new, both given", storage.Shop{}, pasted, "typed-id", "typed", "typed-id typed"},
		{"new, another id given", storage.Shop{}, pasted, "typed-id", "", "typed-id "},
		{"new, escaped", storage.Shop{}, "https://" + pastedID + ":p%40ss@shop-1.myinsales.ru", "", "",
			pastedID + " p@ss"},
		{"new, an id alone", storage.Shop{}, "https://" + pastedID + "@shop-1.myinsales.ru", "", "", pastedID + " "},
		{"new, nothing in the URL", storage.Shop{}, "shop-1.myinsales.ru", " typed-id ", " typed\n", "typed-id typed"},

		{"same host, as GET gave it", stored, "https://shop-1.myinsales.ru", "stored-id", storage.Masked,
			"stored-id stored-password"},
		{"same host, left out", stored, "https://shop-1.myinsales.ru", "stored-id", "", "stored-id stored-password"},
		{"same host, masked", stored, pasted, "stored-id", storage.Masked, "stored-id stored-password"},
		{"same host, the new id and masked", stored, pasted, pastedID, storage.Masked, pastedID + " " + pastedPassword},
		{"same host and id, masked", storage.Shop{URL: stored.URL, KeyID: pastedID, Password: "stored-password"},
			pasted, pastedID, storage.Masked,
			pastedID + " stored-password"},
		{"same host, all left out", stored, pasted, "", "", pastedID + " " + pastedPassword},
		{"same host, password left out", stored, pasted, "stored-id", "", pastedID + " " + pastedPassword},
		{"same host, id left out", stored, pasted, "", storage.Masked, pastedID + " " + pastedPassword},
		{"same host, password typed", stored, pasted, "stored-id", "typed", "stored-id typed"},

		{"other host, masked", elsewhere, pasted, "stored-id", storage.Masked, pastedID + " " + pastedPassword},
		{"other host, left out", elsewhere, pasted, "", "", pastedID + " " + pastedPassword},
		{"other host, nothing in the URL", elsewhere, "shop-1.myinsales.ru", "stored-id", storage.Masked,
			"shop.password secret_again"},
		{"other host, an id alone", elsewhere, "https://" + pastedID + "@shop-1.myinsales.ru", "", "",
			"shop.password secret_again"},
		{"other host, another id typed", elsewhere, pasted, "typed-id", storage.Masked, "shop.password secret_again"},
		{"other host, password typed", elsewhere, "shop-1.myinsales.ru", "stored-id", "typed", "stored-id typed"},
		{"other port, masked", stored, "https://shop-1.myinsales.ru:8443", "stored-id", storage.Masked,
			"shop.password secret_again"},
		{"other port, left out", stored, "shop-1.myinsales.ru:444", "stored-id", "", "shop.password secret_again"},
		{"the scheme's own port", stored, "https://shop-1.myinsales.ru:443/admin", "stored-id", storage.Masked,
			"stored-id stored-password"},
		{"from http", storage.Shop{URL: "http://shop-1.myinsales.ru", KeyID: "stored-id", Password: "stored-password"},
			"https://shop-1.myinsales.ru", "stored-id", storage.Masked, "shop.password secret_again"},
		{"the same host in another form", storage.Shop{URL: "https://Магазин.рф.", KeyID: "stored-id",
			Password: "stored-password"},
			"xn--80aairftm.xn--p1ai", "stored-id", storage.Masked, "stored-id stored-password"},
		{"no host at all", stored, "магазин", "stored-id", storage.Masked, "shop.url shop_url"},
	}
	for _, test := range tests {
		b, bad := NewShared(Config{}), &problem.Invalid{}
		old := storage.Company{Shop: test.old}
		c := storage.Company{Shop: storage.Shop{URL: test.url, KeyID: test.id, Password: storage.Secret(test.pass)}}
		b.Tidy(&c, old, bad)
		b.Merge(&c, old, bad)
		got := toldFaults(bad)
		if got == "" {
			got = c.Shop.KeyID + " " + c.Shop.Password.Reveal()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		if strings.ContainsAny(c.Shop.URL, "@") || strings.Contains(bad.Error(), pastedPassword) {
			t.Errorf("%s: %s %v", test.name, c.Shop.URL, bad)
		}
	}
}

// TestMergeKeepsWhatWasLearnt: settings that are saved say nothing of it.
func TestMergeKeepsWhatWasLearnt(t *testing.T) {
	kept := true
	old := storage.Company{AccountID: 7, MarkerKept: &kept, Learnt: storage.Learnt{Pickups: []int64{1, 2}}}
	var c storage.Company
	NewShared(Config{}).Merge(&c, old, &problem.Invalid{})
	if c.AccountID != 7 || c.MarkerKept != &kept || len(c.Learnt.Pickups) != 2 {
		t.Errorf("%+v", c)
	}
}

// TestSecretsStay: a stored secret goes where it was given for and nowhere else,
// by whatever setting it would be led away.
func TestSecretsStay(t *testing.T) {
	b := NewShared(Config{AllowPrivateNetworks: true, ChatURL: "https://name.ineed.chat"})
	for url, want := range map[string]string{
		"": "", "https://name.ineed.chat": "", "https://name.ineed.chat/v2": "", "https://NAME.ineed.chat:443": "",
		"https://other.ineed.chat":     "chat.token secret_again",
		"https://name.ineed.chat:8443": "chat.token secret_again",
		"http://name.ineed.chat":       "chat.token secret_again",
	} {
		bad := &problem.Invalid{}
		old := storage.Company{Chat: storage.Chat{Token: "stored-token"}}
		c := storage.Company{Chat: storage.Chat{URL: url, Token: storage.Masked}}
		if b.Merge(&c, old, bad); toldFaults(bad) != want {
			t.Errorf("chat at %q: %q", url, toldFaults(bad))
		}
	}
}
