package handlers

import (
	"bytes"
	_ "embed"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// openAPI describes every route that programs use; a test compares it with the
// routes there are.
//
//go:embed openapi.yaml
var openAPI []byte

// getOpenAPI needs no token: it says nothing that is not public. The program's version is
// put in on the way, so that no copy of all the rest is kept.
func (s *Server) getOpenAPI(c echo.Context) error {
	before, after, _ := bytes.Cut(openAPI, []byte("$VERSION"))
	return c.Stream(http.StatusOK, "application/yaml", io.MultiReader(
		bytes.NewReader(before), strings.NewReader(s.cfg.Version), bytes.NewReader(after)))
}
