package noredirect

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestClient: a redirect is an answer, wherever it leads, and nobody else is asked.
func TestClient(t *testing.T) {
	asked := 0
	var status int
	var location string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Location", location)
		w.WriteHeader(status)
	}))
	defer server.Close()
	client := Client(http.DefaultTransport, 5*time.Second)
	for _, status = range []int{200, 300, 301, 302, 303, 307, 308, 404} {
		for _, location = range []string{"", "/elsewhere", server.URL + "/elsewhere", "http://[half/secret", "/%zz"} {
			asked = 0
			resp, err := client.Get(server.URL)
			if err != nil || asked != 1 {
				t.Errorf("%d to %q: asked %d times, %v", status, location, asked, err)
				continue
			}
			resp.Body.Close()
			if resp.StatusCode != status || resp.Header.Get("Location") != "" {
				t.Errorf("%d to %q: %d %v", status, location, resp.StatusCode, resp.Header)
			}
		}
	}
}
