package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"
)

// An alertRule is what the tests read of a rule.
type alertRule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// alertRules reads the rules that we give to Prometheus.
func alertRules(t *testing.T) []alertRule {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []alertRule `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "deploy/prometheus/alerts.yml")), &file); err != nil {
		t.Fatal(err)
	}
	var list []alertRule
	for _, g := range file.Groups {
		list = append(list, g.Rules...)
	}
	if len(list) < 20 {
		t.Fatalf("only %d rules", len(list))
	}
	return list
}

// metricNames are the names of ours in an expression, without what a histogram adds.
func metricNames(expr string) []string {
	var list []string
	for _, name := range regexp.MustCompile(`ineed_insales_(\w+)`).FindAllStringSubmatch(expr, -1) {
		base := name[1]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			base = strings.TrimSuffix(base, suffix)
		}
		list = append(list, base)
	}
	return list
}

// TestAlertRules: each rule is about metrics that we show, says what to do, and leads to the
// place of the document that says more; each is tested beside it, also for silence.
func TestAlertRules(t *testing.T) {
	shown, document, tests := describedMetrics(t), read(t, "docs/alerts.md"), read(t, "deploy/prometheus/alerts_test.yml")
	for _, r := range alertRules(t) {
		names := metricNames(r.Expr)
		if len(names) == 0 {
			t.Errorf("%s is about nothing of ours", r.Alert)
		}
		for _, name := range names {
			if !slices.Contains(shown, name) {
				t.Errorf("%s is about %s, which is not shown", r.Alert, name)
			}
		}
		if !slices.Contains([]string{"critical", "warning"}, r.Labels["severity"]) || r.Annotations["summary"] == "" ||
			r.Annotations["description"] == "" {
			t.Errorf("%s: %+v", r.Alert, r)
		}
		if r.Annotations["doc"] != "docs/alerts.md#"+strings.ToLower(r.Alert) ||
			!strings.Contains(document, "\n### "+r.Alert+"\n") {
			t.Errorf("%s: nothing in docs/alerts.md", r.Alert)
		}
		about := regexp.MustCompile(`alertname: ` + r.Alert + `\n +exp_alerts:( \[\])?\n`)
		quiet, fires := false, false
		for _, m := range about.FindAllStringSubmatch(tests, -1) {
			quiet, fires = quiet || m[1] != "", fires || m[1] == ""
		}
		if !quiet || !fires {
			t.Errorf("%s: the tests beside it see it fire %v, and silent %v", r.Alert, fires, quiet)
		}
	}
}

// TestProgramAlertsCanFire: the commits that CommitsSlow looks at are counted, and what
// ConnectorDown misses is there as long as the program runs.
func TestProgramAlertsCanFire(t *testing.T) {
	commits := newCommitHistogram()
	commits.Observe(2)
	registry := prometheus.NewRegistry()
	registry.MustRegister(commits)
	families, err := registry.Gather()
	if err != nil || families[0].GetName() != "ineed_insales_store_commit_duration_seconds" {
		t.Fatal(err)
	}
	for _, b := range families[0].GetMetric()[0].GetHistogram().GetBucket() {
		if slow := b.GetUpperBound() > 1; (b.GetCumulativeCount() == 1) != slow {
			t.Errorf("a commit of two seconds is %d below %v", b.GetCumulativeCount(), b.GetUpperBound())
		}
	}
	if !slices.Contains(describedMetrics(t), "build_info") {
		t.Error("no build_info")
	}
}
