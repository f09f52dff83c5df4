package handlers

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/ineedchat"
)

func TestTheDescriptionIsComplete(t *testing.T) {
	d, err := described()
	if err != nil {
		t.Fatal(err)
	}
	described := d.operations()
	if len(described) < 10 {
		t.Fatalf("only %d routes are described", len(described))
	}
	// Pages are for people; what programs use is described.
	programs := regexp.MustCompile(`^/(api|webhooks)/|^/(healthz|readyz|metrics)$`)
	param := regexp.MustCompile(`:(\w+)`)
	s := New(Config{})
	for _, e := range []*echo.Echo{s.public, s.socket} {
		for _, r := range e.Routes() {
			if r.Method == echo.RouteNotFound || !programs.MatchString(r.Path) {
				continue
			}
			route := r.Method + " " + param.ReplaceAllString(r.Path, "{$1}")
			if !slices.Contains(described, route) {
				t.Errorf("%s is not described", route)
			}
		}
	}
	for _, route := range described {
		method, path, _ := strings.Cut(route, " ")
		path = regexp.MustCompile(`\{(\w+)\}`).ReplaceAllString(path, ":$1")
		if !slices.ContainsFunc(append(s.public.Routes(), s.socket.Routes()...),
			func(r *echo.Route) bool { return r.Method == method && r.Path == path }) {
			t.Errorf("%s does not exist", route)
		}
	}
}

// TestTheDescriptionNotices answers, and is asked, otherwise than the description says: a check
// that cannot fail checks nothing.
func TestTheDescriptionNotices(t *testing.T) {
	d, err := described()
	if err != nil {
		t.Fatal(err)
	}
	const kind = "application/json"
	for name, test := range map[string]struct {
		asked, sent string
		code        int
		kind, body  string
		want        string // "" = all is well
	}{
		"well":                       {"GET /api/v1/companies", "", 200, kind, `{"items":[]}`, ""},
		"no page of the description": {"GET /companies", "", 200, "text/html", `x`, ""},
		"another code":               {"GET /api/v1/companies", "", 404, kind, `{}`, "the answer is not described"},
		"a fault":                    {"GET /api/v1/companies", "", 500, "application/problem+json", problem500, ""},
		"another type":               {"GET /api/v1/companies", "", 200, "text/plain", `{"items":[]}`, "text/plain"},
		"no JSON":                    {"GET /api/v1/companies", "", 200, kind, `{`, "EOF"},
		"a member is missing":        {"GET /api/v1/companies", "", 200, kind, `{}`, "items"},
		"a member too many":          {"GET /api/v1/companies", "", 200, kind, `{"items":[],"x":1}`, ".x"},
		"one deep inside": {"GET /api/v1/companies", "", 200, kind,
			`{"items":[{"orders":{"fields":{"a":"b"},"x":{}}}]}`, ".items[0].orders.x"},
		"a value of another type":    {"GET /api/v1/companies", "", 200, kind, `{"items":[{"name":1}]}`, "name"},
		"a body where there is none": {"DELETE /api/v1/companies/2", "", 204, "", `{}`, "no body"},
		"an unknown parameter":       {"GET /api/v1/companies?x=1", "", 200, kind, `{"items":[]}`, "parameter x"},
		"a wrong parameter":          {"GET /api/v1/companies/a%20b", "", 200, kind, `{}`, "parameter company"},
		"a body that nobody reads":   {"GET /api/v1/companies", "{}", 200, kind, `{"items":[]}`, "no body"},
		"a body that is missing":     {"PUT /api/v1/companies/2", "", 200, kind, `{}`, "required"},
		"a wrong body":               {"PUT /api/v1/companies/2", `{"name":1}`, 200, kind, `{}`, "name"},
		"a wrong body that was refused": {"PUT /api/v1/companies/2", `{"name":1}`, 422, "application/problem+json",
			problem500, ""},
		"an envelope": {"POST /webhooks/ineedchat/2", `{"type":"order.paid","version":"1","company_id":"2","data":{}}`,
			202, kind, `{"status":"accepted"}`, "id"},
		"of a wire": {"POST /webhooks/ineedchat/2", `{"order":1}`, 202, kind, `{"status":"accepted"}`, ""},
	} {
		method, url, _ := strings.Cut(test.asked, " ")
		r := httptest.NewRequest(method, url, nil)
		r.Header.Set("Content-Type", kind)
		res := httptest.NewRecorder()
		res.Header().Set("Content-Type", test.kind)
		res.WriteHeader(test.code)
		_, _ = res.WriteString(test.body)
		err := d.hold(r, test.sent, res)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	if _, err := newDescription([]byte("paths: {}\npaths: {}")); err == nil {
		t.Error("a name may stand twice in one place")
	}
}

const problem500 = `{"type":"about:blank","title":"x","status":500,"code":"internal"}`

// TestTheDescriptionOfWhatIsSent holds what we send to a chat against the description of it.
func TestTheDescriptionOfWhatIsSent(t *testing.T) {
	d, err := described()
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile("../testdata/ineedchat/order_status.json")
	if err != nil {
		t.Fatal(err)
	}
	text := "x"
	product, _ := ineedchat.Product{
		ID: "1", Title: text, Description: text, CategoryIDs: []string{text}, URL: text, Visible: true,
		Images: []ineedchat.Image{{URL: text, Hash: text}}, Properties: []ineedchat.Property{{Name: text, Value: text}},
		Variants: []ineedchat.Variant{{ID: "2", SKU: text, Barcode: text, Price: "1.00", OldPrice: &text, Quantity: &text,
			Options: []ineedchat.Option{{Name: text, Value: text}}, WeightKG: &text}, {ID: "3", Options: []ineedchat.Option{}}},
		UpdatedAt: &time.Time{},
	}.Seal()
	category, err := json.Marshal([]ineedchat.Category{{ID: "1"}, {ID: "2", ParentID: &text}})
	if err != nil {
		t.Fatal(err)
	}
	batch := ineedchat.Batch{SyncID: text, Mode: ineedchat.ModeFull, Seq: 1, Last: true, Totals: &ineedchat.Totals{}}
	for name, sent := range map[string][]byte{
		"orderStatus":  status,
		"catalogBatch": batch.Encode(bytes.ReplaceAll(bytes.Trim(category, "[]"), []byte("},{"), []byte("}\n{")), product),
	} {
		content := d.child(node{d.document, ""}, "webhooks", name, "put", "requestBody", "content")
		if err := d.validateBody(content, "application/json", sent); err != nil {
			t.Errorf("%s: %v\n%s", name, err, sent)
		}
		if err := d.undescribed(d.child(content, "application/json", "schema"), sent); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	document := node{d.document, ""}
	for _, s := range ineedchat.Statuses() {
		known := d.child(document, "components", "schemas", "OrderStatus", "properties", "status").value["enum"].([]any)
		if !slices.Contains(known, any(s)) {
			t.Errorf("the status %s is not described", s)
		}
	}
}

func TestTheDescriptionNamesTheVersion(t *testing.T) {
	res := request(t, New(Config{Version: "1.2.3"}).Public(), "GET", "/api/openapi.yaml", "")
	if !strings.Contains(res.Body.String(), `version: "1.2.3"`) || strings.Contains(res.Body.String(), "$VERSION") {
		t.Error("the version is not in the description")
	}
}
