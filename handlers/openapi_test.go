package handlers

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// describedRoutes reads "METHOD /path" from the description. It relies on its
// layout, paths two spaces in and methods four, rather than on a YAML parser
// that nothing else here would need.
func describedRoutes() []string {
	_, paths, _ := strings.Cut(string(openAPI), "\npaths:\n")
	line := regexp.MustCompile(`(?m)^(?:  (/\S*):|    (get|put|post|delete|patch):|(\w+):)$`)
	var list []string
	path := ""
	for _, m := range line.FindAllStringSubmatch(paths, -1) {
		switch {
		case m[3] != "":
			return list // the next section
		case m[1] != "":
			path = m[1]
		default:
			list = append(list, strings.ToUpper(m[2])+" "+path)
		}
	}
	return list
}

func TestTheDescriptionIsComplete(t *testing.T) {
	described := describedRoutes()
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

func TestTheDescriptionHoldsTogether(t *testing.T) {
	// Each $ref names a component that stands four spaces in below its section.
	for _, m := range regexp.MustCompile(`#/components/(\w+)/(\w+)`).FindAllStringSubmatch(string(openAPI), -1) {
		_, section, ok := strings.Cut(string(openAPI), "\n  "+m[1]+":\n")
		if !ok || !strings.Contains(section, fmt.Sprintf("\n    %s:", m[2])) &&
			!strings.HasPrefix(section, fmt.Sprintf("    %s:", m[2])) {
			t.Errorf("%s leads nowhere", m[0])
		}
	}
}

func TestTheDescriptionNamesTheVersion(t *testing.T) {
	res := request(t, New(Config{Version: "1.2.3"}).Public(), "GET", "/api/openapi.yaml", "")
	if !strings.Contains(res.Body.String(), `version: "1.2.3"`) || strings.Contains(res.Body.String(), "$VERSION") {
		t.Error("the version is not in the description")
	}
}
