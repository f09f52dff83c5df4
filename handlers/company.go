package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// listCompanies answers GET /companies. There are a handful, so there is one
// page.
func (s *Server) listCompanies(c echo.Context) error {
	list, err := s.bridge.Companies(c.Request().Context())
	if err != nil {
		return err
	}
	items := make([]api.Company, len(list))
	for i, one := range list {
		items[i] = s.showWhole(c, one)
	}
	return c.JSON(http.StatusOK, api.Page[api.Company]{Items: items})
}

// getCompany answers GET /companies/:company from memory, so it also works while
// the disk does not.
func (s *Server) getCompany(c echo.Context) error {
	one, err := s.bridge.Company(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	out := s.showWhole(c, one)
	out.Catalog.FeedURL = s.feedURL(c, one)
	return c.JSON(http.StatusOK, out)
}

// showWhole is a company with what the store has to say of it, if the store can
// say anything.
func (s *Server) showWhole(c echo.Context, one storage.Company) api.Company {
	out := showCompany(one, storage.Chat{})
	desk, err := s.bridge.Desk(one.ID)
	if err != nil {
		return out // deleted since
	}
	if refused, err := desk.RefusalCount(c.Request().Context()); err == nil {
		out.IntakeProblem = describeProblem(order.RefusalProblem(refused))
	}
	if unread, err := desk.UnreadCount(c.Request().Context()); err == nil && unread.N > 0 {
		out.Unread, out.IntakeProblem = unread.N, describeProblem(order.UnreadProblem(unread))
	}
	return out
}

// putCompany stores a company's settings whole. Secrets that were made for it
// can be read in this answer and never again, so they are in it even if the
// settings were stored and the sync could not be switched on (422).
func (s *Server) putCompany(c echo.Context) error {
	var in api.Company
	if err := readStrict(c, &in); err != nil {
		return err
	}
	settings, err := companySettings(&in, visit.Param(c, "company"))
	if err != nil {
		return err
	}
	// This takes as long as the shop does, if the sync is being switched on.
	saved, err := s.bridge.SaveCompany(c.Request().Context(), settings)
	out := showCompany(saved.Company, saved.Made)
	if e, ok := errors.AsType[*problem.Invalid](err); ok && saved.Stored {
		// Without the stored company in the answer the made secrets would be lost.
		return &savedButOff{Invalid: e, stored: out}
	}
	if err != nil {
		return err
	}
	if saved.Created {
		return c.JSON(http.StatusCreated, out)
	}
	return c.JSON(http.StatusOK, out)
}

// pauseCompany lets a company's orders wait, and resumeCompany lets them go.
// Neither reads or writes any other setting, so no other change is lost.
func (s *Server) pauseCompany(c echo.Context) error { return s.changeCompany(c, s.bridge.PauseCompany) }
func (s *Server) resumeCompany(c echo.Context) error {
	return s.changeCompany(c, s.bridge.ResumeCompany)
}

func (s *Server) changeCompany(
	c echo.Context, change func(context.Context, string) (storage.Company, error),
) error {
	one, err := change(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showCompany(one, storage.Chat{}))
}

// deleteCompany forgets a company. It is the bridge's to say that a company may
// not be forgotten while its orders need the shop (409).
func (s *Server) deleteCompany(c echo.Context) error {
	if err := s.bridge.DeleteCompany(c.Request().Context(), visit.Param(c, "company")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// rotateSecret makes a new secret for what comes in. That of the chat is given
// in this answer, and never again. That of the shop is not given: the shop's
// hooks are registered anew with it. That of the feed is given as its address.
func (s *Server) rotateSecret(c echo.Context) error {
	var in api.Rotate
	if err := readStrict(c, &in); err != nil {
		return err
	}
	switch in.Of {
	case "chat":
	case "insales":
		if err := s.bridge.RotateHookToken(c.Request().Context(), visit.Param(c, "company")); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	case "feed":
		one, err := s.bridge.RotateFeedToken(c.Request().Context(), visit.Param(c, "company"))
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, api.Rotated{FeedURL: s.feedURL(c, one)})
	default:
		return failure.Wrong("of", problem.FieldOneOf, map[string]string{"values": "chat, insales, feed"})
	}
	secret, err := s.bridge.RotateSecret(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.Rotated{Secret: secret.Reveal()})
}
