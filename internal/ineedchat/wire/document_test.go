package wire

import (
	"os"
	"strings"
	"testing"
)

// The programs in the document do what it says.
func TestDocumentedReports(t *testing.T) {
	text, err := os.ReadFile("../../../docs/wire.md")
	if err != nil {
		t.Fatal(err)
	}
	_, reporting, _ := strings.Cut(string(text), "\n## Reporting\n")
	reporting, _, _ = strings.Cut(reporting, "\n## ")
	var got []string
	for block := range strings.SplitSeq(reporting, "```jq\n") {
		program, _, is := strings.Cut(block, "```\n")
		if !is || strings.HasPrefix(block, "\n") {
			continue
		}
		report := aReport(program, nil)
		report.Token = "token"
		r, err := NewBox(nil).Report(t.Context(), report)
		if err != nil {
			t.Errorf("%v\n%s", err, program)
			continue
		}
		got = append(got, line(r))
	}
	want := []string{
		`PUT orders/A-1/status Authorization:Bearer token Content-Type:application/json ` +
			`{"paid":true,"revision":1796900000123,"status":"delivering","title":"Отправлен"} if .ok == true`,
		`POST api?action=status&key=token Content-Type:application/x-www-form-urlencoded order=A-1&status=sent`,
		`POST updateOrderStatus/token Content-Type:application/x-www-form-urlencoded ` +
			`id=A-1&status=70 if .status == "success"`,
		`PUT v1/companies/2/orders/A-1/status Authorization:Bearer token Content-Type:application/json ` +
			`{"changed_at":"2026-11-29T12:00:00+03:00","comment":"",` +
			`"insales":{"order_id":"77","order_number":"1001"},` +
			`"order_id":"A-1","payment_status":"paid","revision":1796900000123,"status":"delivering",` +
			`"status_title":"Отправлен","total":"1990.00","version":"1"}`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
