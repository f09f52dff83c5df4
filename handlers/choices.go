package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/internal/bridge"
	"ineed-insales/storage"
)

// A choices is a list of the shop to choose from, and what INEED.CHAT or the
// shop has used and the settings do not map.
type choices[T, U any] struct {
	Items    []T `json:"items"`
	Unmapped []U `json:"unmapped"`
}

// A paymentChoice is a payment method of the shop.
type paymentChoice struct {
	ID     int64    `json:"id"`
	Title  string   `json:"title"`
	Type   string   `json:"type"`
	Margin string   `json:"margin"`
	Mapped []string `json:"mapped"` // the chat's payment types that stand for it
}

// A deliveryChoice is a delivery method of the shop.
type deliveryChoice struct {
	ID        int64        `json:"id"`
	Title     string       `json:"title"`
	Type      string       `json:"type"`
	Price     string       `json:"price"`
	Pickup    bool         `json:"pickup"`
	Supported bool         `json:"supported"`
	Problem   *problemJSON `json:"problem"` // why it is not supported
	Mapped    []string     `json:"mapped"`
}

// A use is a type that orders from the chat have named.
type use struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Orders int    `json:"orders"`
}

// A statusChoice is a custom status of the shop and what the chat is told of it.
type statusChoice struct {
	Permalink string `json:"permalink"`
	Title     string `json:"title"`
	System    string `json:"system"`
	Status    string `json:"status"`
	By        string `json:"by"` // override, default or nothing
}

// A seenStatus is a status that orders have and that means nothing to the chat.
type seenStatus struct {
	Permalink string `json:"permalink"`
	Title     string `json:"title"`
	System    string `json:"system"`
	Orders    int    `json:"orders"`
}

// statusChoices also has the map that counts without settings.
type statusChoices struct {
	choices[statusChoice, seenStatus]
	Defaults map[string]string `json:"defaults"`
}

func (s *Server) listPayments(c echo.Context) error {
	list, unmapped, err := s.bridge.Payments(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	out := choices[paymentChoice, use]{[]paymentChoice{}, showUses(unmapped)}
	for _, p := range list {
		out.Items = append(out.Items, paymentChoice{ID: p.ID, Title: p.Title, Type: p.Type, Margin: p.Margin, Mapped: p.Mapped})
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) listDeliveries(c echo.Context) error {
	list, unmapped, err := s.bridge.Deliveries(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	out := choices[deliveryChoice, use]{[]deliveryChoice{}, showUses(unmapped)}
	for _, d := range list {
		out.Items = append(out.Items, deliveryChoice{ID: d.ID, Title: d.Title, Type: d.Type, Price: d.Price, Pickup: d.Pickup,
			Supported: d.Supported(), Problem: describeProblem(d.Problem), Mapped: d.Mapped})
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) listStatuses(c echo.Context) error {
	list, unmapped, err := s.bridge.Statuses(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	out := statusChoices{choices[statusChoice, seenStatus]{[]statusChoice{}, []seenStatus{}}, bridge.DefaultStatuses()}
	for _, one := range list {
		out.Items = append(out.Items, statusChoice{Permalink: one.Permalink, Title: one.Title, System: one.System, Status: one.Status, By: one.By})
	}
	for _, one := range unmapped {
		out.Unmapped = append(out.Unmapped, seenStatus{Permalink: one.Custom, Title: one.Title, System: one.Fulfillment, Orders: one.Orders})
	}
	return c.JSON(http.StatusOK, out)
}

func showUses(list []storage.Use) []use {
	out := make([]use, len(list))
	for i, u := range list {
		out[i] = use(u)
	}
	return out
}
