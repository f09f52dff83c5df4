package web

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestQR: the picture is a square with a white edge, and has the three eyes by which a camera
// finds a code.
func TestQR(t *testing.T) {
	for _, text := range []string{"a", strings.Repeat("otpauth://totp/", 40)} {
		picture, err := QR(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(picture, &struct{ XMLName xml.Name }{}); err != nil {
			t.Error(err)
		}
		var size int
		_, box, _ := strings.Cut(string(picture), `viewBox="0 0 `)
		if _, err := fmt.Sscan(strings.Fields(box)[0], &size); err != nil {
			t.Fatal(err)
		}
		black := map[[2]int]bool{}
		for _, run := range regexp.MustCompile(`M\d+ \d+h\d+v1`).FindAllString(string(picture), -1) {
			var x, y, n int
			if _, err := fmt.Sscanf(run, "M%d %dh%dv1", &x, &y, &n); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				black[[2]int{x + i, y}] = true
			}
		}
		for at := range black {
			if min(at[0], at[1]) < quiet || max(at[0], at[1]) >= size-quiet {
				t.Errorf("the edge is black at %v of %d", at, size)
			}
		}
		for _, eye := range [][2]int{{quiet, quiet}, {size - quiet - 7, quiet}, {quiet, size - quiet - 7}} {
			for x := range 7 {
				for y := range 7 {
					ring := max(abs(x-3), abs(y-3))
					if black[[2]int{eye[0] + x, eye[1] + y}] != (ring != 2) {
						t.Fatalf("the eye at %v of %d is wrong at %d, %d", eye, size, x, y)
					}
				}
			}
		}
	}
	if _, err := QR(strings.Repeat("x", 4000)); err == nil {
		t.Error("no code holds so much")
	}
}

func abs(n int) int { return max(n, -n) }
