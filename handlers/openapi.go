package handlers

import (
	"bytes"
	_ "embed"
	"net/http"

	"github.com/labstack/echo/v4"
)

// openAPI describes every route that programs use; a test compares it with the
// routes there are.
//
//go:embed openapi.yaml
var openAPI []byte

// describe is the description with the program's version in it.
func describe(version string) []byte {
	return bytes.Replace(openAPI, []byte("$VERSION"), []byte(version), 1)
}

// getOpenAPI needs no token: it says nothing that is not public.
func (s *Server) getOpenAPI(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", s.openAPI)
}
