package insales_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ineed-insales/insales"
)

// What a protection in front of the shop answers is not the shop's word, and what the
// shop answers is, however it looks.
func TestShield(t *testing.T) {
	page := func(title, text string) string {
		return "<!DOCTYPE html>\n<html><head><title>" + title + "</title></head><body>" + text + "</body></html>"
	}
	const own = "API-Usage-Limit: 3/500"
	for name, tt := range map[string]struct {
		status   int
		header   string
		body     string
		shielded bool
		shield   string
		said     string // by the shop itself: forbidden, missing
	}{
		"DDoS-Guard": {403, "Server: ddos-guard", page("DDOS-GUARD", "Checking your browser"), true,
			"DDoS-Guard", ""},
		"DDoS-Guard by its cookie": {403, "Set-Cookie: __ddg1_=x; Path=/", page("403", "Forbidden"), true,
			"DDoS-Guard", ""},
		"Cloudflare": {403, "Cf-Mitigated: challenge", page("Just a moment...", ""), true,
			"Cloudflare", ""},
		"Cloudflare 1020": {403, "Server: cloudflare", "error code: 1020", true, "Cloudflare", ""},
		"Qrator":          {403, "Server: QRATOR", page("Forbidden", "HTTP 403"), true, "Qrator", ""},
		"Variti":          {403, "X-Variti-Ccr: 1", page("Access denied", ""), true, "Variti", ""},
		"Variti asks for a captcha": {200, "", page("Captcha", "variti: подтвердите, что вы не робот"), true,
			"Variti", ""},
		"nobody we know": {403, "Server: nginx", "<html>\r\n<head><title>403 Forbidden</title></head>",
			true, "", ""},
		"a page behind blanks": {403, "", "\ufeff \n" + page("403", ""), true, "", ""},
		"a firewall":           {406, "", page("Not Acceptable", "Mod_Security"), true, "", ""},
		"a challenge with 503": {503, "Server: ddos-guard",
			page("DDOS-GUARD", "Checking your browser before accessing"), true, "DDoS-Guard", ""},
		"a challenge with 401": {401, "", page("Проверка браузера", ""), true, "", ""},
		"a challenge with 404": {404, "Server: QRATOR", page("Captcha", ""), true, "Qrator", ""},
		"known, with the usage": {
			403, own + "|Server: ddos-guard", page("DDOS-GUARD", ""), true, "DDoS-Guard", ""},
		"a right that is missing": {403, own, `{"error":"Недостаточно прав для операции"}`, false, "",
			"forbidden"},
		"the same behind Cloudflare": {403, own + "|Server: cloudflare", `{"error":"Недостаточно прав"}`, false, "",
			"forbidden"},
		"without usage, JSON": {403, "Server: ddos-guard", `{"error":"Недостаточно прав"}`, false, "",
			"forbidden"},
		"XML": {403, "", `<?xml version="1.0"?><errors><error>no</error></errors>`, false, "",
			"forbidden"},
		"no words":                     {403, "Content-Type: text/html", "", false, "", "forbidden"},
		"a page of the shop's own":     {403, own, page("403", "Доступ запрещён"), false, "", "forbidden"},
		"a wrong key":                  {401, "", "HTTP Basic: Access denied.\n", false, "", ""},
		"a wrong key, as a page":       {401, "Server: cloudflare", page("401", "Unauthorized"), false, "", ""},
		"not there":                    {404, own, `{"error":"not found"}`, false, "", "missing"},
		"not there, a page of its own": {404, own, page("404", "Страница не найдена"), false, "", "missing"},
		"another host":                 {404, "Server: nginx", page("404", "Страница не найдена"), false, "", ""},
		"works on the site":            {200, "", page("InSales", "Ведутся технические работы"), false, "", ""},
		"a gateway": {
			502, "Server: cloudflare", page("502 Bad Gateway", "cloudflare"), false, "", ""},
		"down":       {503, "", page("503", "Ведутся технические работы"), false, "", ""},
		"the window": {429, own, page("429", "Too Many Requests"), false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for line := range strings.SplitSeq(tt.header, "|") {
					if name, value, ok := strings.Cut(line, ": "); ok {
						w.Header().Add(name, value)
					}
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			t.Cleanup(server.Close)
			client := insales.New(insales.Config{URL: server.URL})
			permit, err := client.Window().Take(t.Context(), insales.Sending)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = client.CreateOrder(t.Context(), permit, insales.NewOrder{})
			e, ok := errors.AsType[*insales.Error](err)
			if !ok || e.Status != tt.status || e.Shielded != tt.shielded || e.Shield != tt.shield && tt.shielded {
				t.Fatalf("%+v", e)
			}
			if e.Forbidden() != (tt.said == "forbidden") || e.Missing() != (tt.said == "missing") {
				t.Errorf("forbidden %v, missing %v, want %q", e.Forbidden(), e.Missing(), tt.said)
			}
		})
	}
}
