package bridge

import "testing"

func TestOutOfReach(t *testing.T) {
	for url, want := range map[string]string{
		"": "", "https://connector.example.com": "", "https://8.8.8.8/x": "", "https://local.example": "",
		"http://connector.example.com": "http", "http://8.8.8.8:8080": "http",
		"http://localhost:8080": "local", "https://localhost": "local", "https://127.0.0.1": "local",
		"http://[::1]:8080": "local", "http://192.168.1.5:8080": "local", "https://nas.local": "local",
	} {
		if got := (&Bridge{cfg: Config{PublicURL: url}}).OutOfReach(); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
		if got := (&Bridge{cfg: Config{PublicURL: url, AllowPrivateNetworks: true}}).OutOfReach(); got != "" {
			t.Errorf("%s among private networks: %q", url, got)
		}
	}
}
