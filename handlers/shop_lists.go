package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/storage"
)

func (s *Server) listPayments(c echo.Context) error {
	inspector, err := s.inspector(c)
	if err != nil {
		return err
	}
	list, unmapped, err := inspector.Payments(c.Request().Context())
	if err != nil {
		return err
	}
	out := api.Choices[api.PaymentChoice, api.UsedType]{Items: []api.PaymentChoice{}, Unmapped: showUses(unmapped)}
	for _, p := range list {
		out.Items = append(out.Items, api.PaymentChoice{ID: p.ID, Title: p.Title, Type: p.Type, Margin: p.Margin,
			Mapped: p.Mapped})
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) listDeliveries(c echo.Context) error {
	inspector, err := s.inspector(c)
	if err != nil {
		return err
	}
	list, unmapped, err := inspector.Deliveries(c.Request().Context())
	if err != nil {
		return err
	}
	out := api.Choices[api.DeliveryChoice, api.UsedType]{Items: []api.DeliveryChoice{}, Unmapped: showUses(unmapped)}
	for _, d := range list {
		out.Items = append(out.Items, api.DeliveryChoice{ID: d.ID, Title: d.Title, Type: d.Type, Price: d.Price,
			Pickup:    d.Pickup,
			Supported: d.Supported(), Problem: describeProblem(d.Problem), Mapped: d.Mapped})
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) listStatuses(c echo.Context) error {
	inspector, err := s.inspector(c)
	if err != nil {
		return err
	}
	list, unmapped, err := inspector.Statuses(c.Request().Context())
	if err != nil {
		return err
	}
	out := api.StatusChoices{Defaults: check.DefaultStatuses()}
	out.Items, out.Unmapped = []api.StatusChoice{}, []api.UsedStatus{}
	for _, one := range list {
		out.Items = append(out.Items, api.StatusChoice{Permalink: one.Permalink, Title: one.Title, System: one.System,
			Status: one.Status, By: one.By})
	}
	for _, one := range unmapped {
		out.Unmapped = append(out.Unmapped, api.UsedStatus{Permalink: one.Custom, Title: one.Title,
			System: one.Fulfillment, Orders: one.Orders})
	}
	return c.JSON(http.StatusOK, out)
}

func showUses(list []storage.Use) []api.UsedType {
	out := make([]api.UsedType, len(list))
	for i, u := range list {
		out[i] = api.UsedType(u)
	}
	return out
}
