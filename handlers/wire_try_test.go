package handlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"ineed-insales/internal/api"
)

// A body is tried with a preset, a table or a program; what is wrong is named with its
// place, and nothing of it is kept.
func TestTryWire(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		return request(t, w.server.Public(), method, "/api/v1"+path, body, "Authorization: Bearer "+apiToken)
	}
	const order = `{"type": "order.created", "data": {"id": "1", "customer": {"name": "Анна"},
		"items": [{"sku": "A", "quantity": "1", "price": "10.00"}]}}`
	for name, test := range map[string]struct {
		in    api.WireTrial
		count int    // envelopes
		field string // at which it fails
		rule  string
	}{
		"a program": {api.WireTrial{Receive: ".", Body: order}, 1, "", ""},
		"two":       {api.WireTrial{Receive: ".[]", Body: "[" + order + "," + order + "]"}, 2, "", ""},
		"nothing":   {api.WireTrial{Receive: "empty", Body: order}, 0, "", ""},
		"a preset":  {api.WireTrial{Preset: "tilda", Body: "test=test"}, 0, "", ""},
		"a query": {api.WireTrial{Receive: `{type: "order.paid", data: {id: $query.id}}`, Query: "id=7"}, 1, "",
			""},
		"a company":      {api.WireTrial{Receive: `{type: "order.paid", data: {id: $company}}`, Body: "{}"}, 1, "", ""},
		"no program":     {api.WireTrial{Body: order}, 0, "preset", "wire_none"},
		"learn":          {api.WireTrial{Preset: "learn", Body: order}, 0, "preset", "wire_none"},
		"no such preset": {api.WireTrial{Preset: "tilde", Body: order}, 0, "preset", "wire_syntax"},
		"no jq":          {api.WireTrial{Receive: ".a |", Body: order}, 0, "receive", "wire_syntax"},
		"no jq in a field": {api.WireTrial{Fields: map[string]string{"id": ")"}, Body: order}, 0, "fields.id",
			"wire_syntax"},
		"a field fails": {api.WireTrial{Fields: map[string]string{"total": ".t"}, Body: `{"t":"сто"}`}, 0,
			"fields.total",
			"wire_program"},
		"a line fails": {api.WireTrial{Fields: map[string]string{"items": ".l", "items.price": ".p"},
			Body: `{"l":[{"p":"1,234"}]}`}, 0, "fields.items.price", "wire_program"},
		"it fails":      {api.WireTrial{Receive: `error("no")`, Body: order}, 0, "receive", "wire_program"},
		"it never ends": {api.WireTrial{Receive: `last(repeat(1))`, Body: order}, 0, "receive", "wire_time"},
		"it yields much": {api.WireTrial{Receive: `range(101) | {type: "x", data: {}}`, Body: order}, 0, "receive",
			"wire_output"},
		"no envelope": {api.WireTrial{Receive: `7`, Body: order}, 0, "yields[0]", "wire_yield"},
		"no body": {api.WireTrial{Receive: `.`, Body: "{", ContentType: "application/json"}, 0, "body",
			"wire_body"},
		"XML":      {api.WireTrial{Receive: `.`, Body: "<a/>", ContentType: "text/xml"}, 0, "body", "wire_body"},
		"no lines": {api.WireTrial{Receive: `.data.items = []`, Body: order}, 1, "data.items", "min"},
		"the second is not valid": {api.WireTrial{Receive: `., (.data.id = "№")`, Body: order}, 2,
			"envelopes[1].data.id",
			"chatid"},
	} {
		body, err := json.Marshal(test.in)
		if err != nil {
			t.Fatal(err)
		}
		res := ask(http.MethodPost, "/companies/2/wire/try", string(body))
		var out api.WireResult
		if err := json.Unmarshal(res.Body.Bytes(), &out); err != nil || res.Code != 200 {
			t.Fatalf("%s: %d %s", name, res.Code, res.Body)
		}
		if len(out.Envelopes) != test.count || (len(out.Errors) > 0) != (test.field != "") {
			t.Errorf("%s: %s", name, res.Body)
			continue
		}
		if test.field != "" && !slices.ContainsFunc(out.Errors, func(e api.FieldError) bool {
			return e.Field == test.field && e.Rule == test.rule && e.Message != "" && e.Message != e.Rule
		}) {
			t.Errorf("%s: %+v", name, out.Errors)
		}
	}
	if res := ask(http.MethodPost, "/companies/9/wire/try", `{"body":"","receive":"."}`); res.Code != 404 {
		t.Errorf("another company: %d", res.Code)
	}
	if res := ask(http.MethodPost, "/companies/2/wire/try", `{"body":"","program":"."}`); res.Code != 422 {
		t.Errorf("an unknown field: %d", res.Code)
	}
	res := ask(http.MethodGet, "/wire/presets", "")
	for _, preset := range []string{"botobot", "taplink", "tilda"} {
		if !strings.Contains(res.Body.String(), `"name":"`+preset+`"`) {
			t.Errorf("%s: %s", preset, res.Body)
		}
	}
}
