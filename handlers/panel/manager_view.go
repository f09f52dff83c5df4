package panel

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
)

// A manager is not shown what leads to an owner's page. That is decided here for all
// pages by the one table of routes, and not by each page, which would forget it.

// opens reports whether whoever looks may use the route that a path of the panel leads to.
func (s *Server) opens(c echo.Context, method, to string) bool {
	p, signedIn := visit.Person(c)
	if !signedIn || p.Owner() || !strings.HasPrefix(to, "/") {
		return true
	}
	path, _, _ := strings.Cut(to, "#")
	path, _, _ = strings.Cut(path, "?")
	found := s.engine.NewContext(nil, nil)
	s.engine.Router().Find(method, path, found)
	return s.site.LetsIn(p, method, found.Path())
}

// within takes out of a view what leads where whoever looks may not go: links, and the
// buttons that a template shows only if there are any.
func (s *Server) within(c echo.Context, v *web.View) {
	if isOwner(c) || !v.SignedIn {
		return
	}
	w := withinView{s, c}
	w.walk(reflect.ValueOf(&v.Notes).Elem())
	w.walk(reflect.ValueOf(&v.Trail).Elem())
	if v.Page == nil {
		return
	}
	page := reflect.New(reflect.TypeOf(v.Page)).Elem()
	page.Set(reflect.ValueOf(v.Page))
	w.walk(page)
	v.Page = page.Interface()
}

// A withinView goes through a view.
type withinView struct {
	s *Server
	c echo.Context
}

// walk goes through a value that can be set.
func (w withinView) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		w.walk(v.Elem())
		link, is := v.Interface().(*web.Link)
		if is && link.To == "" || v.Type() == reflect.TypeFor[*web.Button]() && v.Elem().IsZero() {
			v.SetZero()
		}
	case reflect.Slice:
		kept := reflect.MakeSlice(v.Type(), 0, v.Len())
		for i := range v.Len() {
			one := v.Index(i)
			w.walk(one)
			if one.Type() != reflect.TypeFor[web.Button]() || !one.IsZero() {
				kept = reflect.Append(kept, one)
			}
		}
		if v.Len() != kept.Len() {
			v.Set(kept)
		}
	case reflect.Struct:
		w.walkStruct(v)
	}
}

// walkStruct goes through the members of a view. A button that must not be used becomes
// the zero Button.
func (w withinView) walkStruct(v reflect.Value) {
	if b, ok := v.Interface().(web.Button); ok {
		if !w.s.opens(w.c, http.MethodPost, b.To) {
			v.SetZero()
		}
		return
	}
	for i := range v.NumField() {
		field := v.Field(i)
		switch v.Type().Field(i).Name {
		case "To", "Format", "Settings":
			if field.Kind() == reflect.String && !w.s.opens(w.c, http.MethodGet, field.String()) {
				field.SetString("")
			}
		default:
			w.walk(field)
		}
	}
}
