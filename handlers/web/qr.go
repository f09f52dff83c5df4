package web

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quiet is how many modules a QR code has around it that are white, or cameras do not find it.
const quiet = 4

// QR is a text as a QR code: a picture in SVG that is black on white in any theme.
func QR(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.L, qr.Unicode)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	side := code.Bounds().Dx()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %[1]d" shape-rendering="crispEdges">`+
		`<path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path d="`, side+2*quiet)
	for y := range side {
		for x := 0; x < side; x++ {
			from := x
			for x < side && color.GrayModel.Convert(code.At(x, y)) == (color.Gray{}) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1H%[1]dz", from+quiet, y+quiet, x-from)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return []byte(b.String()), nil
}
