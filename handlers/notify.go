package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/alert"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

func showChannel(v alert.ChannelView) api.Channel {
	mask := func(s storage.Secret) string {
		if s == "" {
			return ""
		}
		return storage.Masked
	}
	list := []api.RefusedRecipient{}
	for _, r := range v.Refused {
		list = append(list, api.RefusedRecipient{Address: r.Address, Status: r.Status, Message: r.Words, At: r.At})
	}
	return api.Channel{
		Kind: v.Kind, Enabled: v.Enabled, Weekly: v.Weekly, Language: cmp.Or(v.Lang, locale.Russian),
		Address: v.Address, Security: v.Security, User: v.User, From: v.From, To: v.To,
		Secret: mask(v.Secret), Proxy: mask(v.Proxy), Waiting: v.Waiting, SentAt: stamp(v.SentAt),
		FailedAt: stamp(v.FailedAt),
		Problem:  describeProblem(v.Problem), Refused: list,
	}
}

// listChannels lists the channels of all kinds.
func (s *Server) listChannels(c echo.Context) error {
	list, err := s.bridge.Alerts.Channels(c.Request().Context())
	if err != nil {
		return err
	}
	out := api.Page[api.Channel]{Items: []api.Channel{}}
	for _, v := range list {
		out.Items = append(out.Items, showChannel(v))
	}
	return c.JSON(http.StatusOK, out)
}

// getChannel answers with the channel of one kind.
func (s *Server) getChannel(c echo.Context) error {
	list, err := s.bridge.Alerts.Channels(c.Request().Context())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(v alert.ChannelView) bool { return v.Kind == visit.Param(c, "kind") })
	if i < 0 {
		return storage.ErrNotFound
	}
	return c.JSON(http.StatusOK, showChannel(list[i]))
}

// putChannel stores a channel whole.
func (s *Server) putChannel(c echo.Context) error {
	ch, err := readChannel(c)
	if err != nil {
		return err
	}
	if err := s.bridge.Alerts.SaveChannel(c.Request().Context(), ch); err != nil {
		return err
	}
	return s.getChannel(c)
}

// readChannel takes the channel of a request.
func readChannel(c echo.Context) (storage.Channel, error) {
	var in api.Channel
	if err := readStrict(c, &in); err != nil {
		return storage.Channel{}, err
	}
	kind := visit.Param(c, "kind")
	if in.Kind != "" && in.Kind != kind {
		return storage.Channel{}, failure.Wrong("kind", ruleMismatch, nil)
	}
	in.Language = cmp.Or(in.Language, locale.Russian)
	if languages := []string{locale.Russian, locale.English}; !slices.Contains(languages, in.Language) {
		return storage.Channel{}, failure.Wrong("language", problem.FieldOneOf,
			map[string]string{"values": strings.Join(languages, ", ")})
	}
	return storage.Channel{
		Kind: kind, Enabled: in.Enabled, Weekly: in.Weekly, Lang: in.Language, Address: in.Address,
		Security: in.Security, User: in.User, From: in.From, To: in.To,
		Secret: storage.Secret(in.Secret), Proxy: storage.Secret(in.Proxy),
	}, nil
}

// findChats asks the bot of a channel, as it is given and before it is stored, for the chats
// that it knows.
func (s *Server) findChats(c echo.Context) error {
	ch, err := readChannel(c)
	if err != nil {
		return err
	}
	list, err := s.bridge.Alerts.FindChats(c.Request().Context(), ch)
	if err != nil {
		return err
	}
	out := api.Page[api.BotChat]{Items: []api.BotChat{}}
	for _, chat := range list {
		out.Items = append(out.Items, api.BotChat{ID: chat.ID, Title: chat.Title, Kind: chat.Kind})
	}
	return c.JSON(http.StatusOK, out)
}

// testChannel sends a message at once and answers when it was taken.
func (s *Server) testChannel(c echo.Context) error {
	if err := s.bridge.Alerts.TestChannel(c.Request().Context(), visit.Param(c, "kind")); err != nil {
		return err
	}
	return s.getChannel(c)
}
