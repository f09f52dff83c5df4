package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// A dashboard is what the tests read of deploy/grafana/dashboard.json.
type dashboard struct {
	Panels []struct {
		ID      int    `json:"id"`
		Type    string `json:"type"`
		Title   string `json:"title"`
		GridPos struct {
			X int `json:"x"`
			Y int `json:"y"`
			W int `json:"w"`
			H int `json:"h"`
		} `json:"gridPos"`
		Targets []struct {
			Expr string `json:"expr"`
		} `json:"targets"`
	} `json:"panels"`
	Templating struct {
		List []struct {
			Name string `json:"name"`
		} `json:"list"`
	} `json:"templating"`
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	var d dashboard
	if err := json.Unmarshal([]byte(read(t, "deploy/grafana/dashboard.json")), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDashboardFits: the dashboard shows each of our metrics, and none that we do not show;
// its panels do not lie on each other, and it uses no variable that it does not have.
func TestDashboardFits(t *testing.T) {
	d, shown := readDashboard(t), describedMetrics(t)
	used, ids := map[string]bool{}, map[int]bool{}
	variables := []string{"__rate_interval"}
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	for i, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("two panels have the id %d", p.ID)
		}
		ids[p.ID] = true
		a := p.GridPos
		for _, other := range d.Panels[:i] {
			b := other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%q lies on %q", p.Title, other.Title)
			}
		}
		for _, target := range p.Targets {
			for _, name := range metricNames(target.Expr) {
				used[name] = true
				if !slices.Contains(shown, name) {
					t.Errorf("%q asks for %s, which is not shown", p.Title, name)
				}
			}
			for _, v := range regexp.MustCompile(`\$\{?(\w+)`).FindAllStringSubmatch(target.Expr, -1) {
				if !slices.Contains(variables, v[1]) {
					t.Errorf("%q has no variable %s", p.Title, v[1])
				}
			}
		}
	}
	var missing []string
	for _, name := range shown {
		if !used[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		t.Errorf("the dashboard does not show %s", strings.Join(missing, ", "))
	}
}
