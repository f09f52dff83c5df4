package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A composeFile is as much of deploy/compose.yaml as its own words have to agree upon. Whether
// each of them exists at all is for the linter in .ci/run, which knows the specification.
type composeFile struct {
	Services map[string]struct {
		Environment map[string]string
		Volumes     []string
		Networks    yaml.Node
		Secrets     []string
		Healthcheck struct{ Test []string }
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
		MemLimit    string                                `yaml:"mem_limit"`
		PidsLimit   int                                   `yaml:"pids_limit"`
		ReadOnly    bool                                  `yaml:"read_only"`
		CapDrop     []string                              `yaml:"cap_drop"`
		SecurityOpt []string                              `yaml:"security_opt"`
		Restart     string
	}
	Networks, Volumes map[string]any
	Secrets           map[string]struct{ File string }
}

// named gives the names of a list, or of a mapping.
func named(n yaml.Node) (names []string) {
	for i, c := range n.Content {
		if n.Kind == yaml.SequenceNode || i%2 == 0 {
			names = append(names, c.Value)
		}
	}
	return names
}

// TestCompose: what deploy/compose.yaml names is there, every service is bounded and watched,
// and the key does not lie in the volume of the database.
func TestCompose(t *testing.T) {
	var f composeFile
	if err := yaml.Unmarshal([]byte(read(t, "deploy/compose.yaml")), &f); err != nil {
		t.Fatal(err)
	}
	for name, s := range f.Services {
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if _, known := f.Volumes[from]; known {
				continue
			}
			if _, err := os.Stat(filepath.Join("deploy", from)); err != nil || !strings.HasPrefix(from, "./") {
				t.Errorf("%s: there is no %s: %v", name, from, err)
			}
		}
		for _, n := range named(s.Networks) {
			if _, known := f.Networks[n]; !known {
				t.Errorf("%s: there is no network %s", name, n)
			}
		}
		for _, n := range slices.Concat(s.Secrets, slices.Collect(maps.Keys(s.DependsOn))) {
			if _, service := f.Services[n]; !service && f.Secrets[n].File == "" {
				t.Errorf("%s: there is no %s", name, n)
			}
		}
		if s.MemLimit == "" || s.PidsLimit == 0 || !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") ||
			!slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.Restart == "" || len(s.Healthcheck.Test) == 0 {
			t.Errorf("%s may do too much, or nobody watches it", name)
		}
	}
	c := f.Services["connector"]
	if key := c.Environment["CONNECTOR_SECRET_KEY_FILE"]; key != "/run/secrets/"+c.Secrets[0] {
		t.Errorf("the key is read from %q", key)
	}
	scraped := read(t, "deploy/prometheus/prometheus.yml")
	if !strings.Contains(scraped, "[connector"+c.Environment["CONNECTOR_METRICS_ADDR"]+"]") {
		t.Error("Prometheus looks for the metrics at another address")
	}
	if !strings.Contains(read(t, "Dockerfile"), `"/ineed-insales", "healthcheck"`) {
		t.Error("the image has another health check")
	}
}
