package handlers

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
)

// listUnproven answers with what came to a company's address and did not prove its sender.
func (s *Server) listUnproven(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	list, until := desk.Unproven()
	out := api.UnprovenList{Items: make([]api.Unproven, len(list)), ListensUntil: stamp(until)}
	for i, u := range list {
		out.Items[i] = api.Unproven{At: stamp(u.At), Method: u.Method, Reason: u.Reason,
			Message: locale.Text(locale.English, "refusal."+u.Reason, nil), ContentType: u.ContentType,
			Headers: append([]string{}, u.Headers...), Body: strings.ToValidUTF8(string(u.Body), "\uFFFD"),
			Size: u.Size}
	}
	return c.JSON(http.StatusOK, out)
}

// forgetUnproven forgets all of that, and ends the listening.
func (s *Server) forgetUnproven(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	desk.ForgetUnproven()
	return c.NoContent(http.StatusNoContent)
}

// mostHours is for how long somebody may listen.
const mostHours = 24

// listen has the bodies kept, too, of what proves nothing.
func (s *Server) listen(c echo.Context) error {
	var in api.Listen
	if err := readStrict(c, &in); err != nil {
		return err
	}
	if in.Hours < 0 || in.Hours > mostHours {
		return failure.Wrong("hours", problem.FieldRange, map[string]string{"min": "0", "max": "24"})
	}
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	until := desk.Listen(time.Duration(in.Hours) * time.Hour)
	return c.JSON(http.StatusOK, api.Listens{Until: stamp(until)})
}
