package handlers

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/login"
	"ineed-insales/storage"
)

// listTokens answers with all tokens of the API, that of the environment first. None has its
// secret.
func (s *Server) listTokens(c echo.Context) error {
	list, err := s.bridge.Login.Tokens(c.Request().Context())
	if err != nil {
		return err
	}
	page := api.Page[api.Token]{Items: []api.Token{}}
	if s.cfg.APIToken != "" {
		page.Items = append(page.Items, api.Token{Name: login.EnvironmentToken, Right: string(storage.TokenAll)})
	}
	for _, t := range list {
		page.Items = append(page.Items, showToken(t))
	}
	return c.JSON(http.StatusOK, page)
}

// makeToken makes a token and answers with its secret, this once.
func (s *Server) makeToken(c echo.Context) error {
	var in api.NewToken
	if err := readStrict(c, &in); err != nil {
		return err
	}
	t, secret, err := s.bridge.Login.MakeToken(c.Request().Context(), in.Name, storage.TokenRight(in.Right))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, api.MadeToken{Token: showToken(t), Secret: secret})
}

// revokeToken voids a token.
func (s *Server) revokeToken(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("number"), 10, 64)
	if err != nil {
		return storage.ErrNotFound
	}
	if err := s.bridge.Login.RevokeToken(c.Request().Context(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func showToken(t storage.Token) api.Token {
	return api.Token{ID: t.ID, Name: t.Name, Right: string(t.May), MadeBy: t.MadeBy, MadeAt: stamp(t.MadeAt),
		UsedAt: stamp(t.UsedAt)}
}
