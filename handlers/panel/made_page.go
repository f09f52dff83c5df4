package panel

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/storage"
)

// madeSecrets are secrets that were just made, and the webhook's URL that they
// belong to, to be copied into INEED.CHAT.
func (s *Server) madeSecrets(c echo.Context, one storage.Company, made storage.Chat) []web.Copyable {
	list := []web.Copyable{}
	if one.Chat.Auth != storage.AuthPath || len(made.Secrets) == 0 {
		list = append(list, s.webhookURL(c, one))
	}
	if len(made.Secrets) > 0 {
		value := made.Secrets[0].Reveal()
		secret := web.Copyable{ID: "made-secret", Label: say(c, "chat.secret"), Value: value,
			Hint: say(c, "chat.secret_hint"), Secret: true}
		switch one.Chat.Auth {
		case storage.AuthBearer:
			secret.Label = say(c, "chat.bearer")
		case storage.AuthPath: // here the URL is the secret
			url := s.webhookURL(c, one)
			secret.Label, secret.Value = url.Label, strings.TrimSuffix(url.Value, storage.Masked)+value
			list = append(list, secret)
			secret = queryURL(c, url, value)
		}
		list = append(list, secret)
	}
	if made.Token != "" {
		list = append(list, web.Copyable{ID: "made-token", Label: say(c, "chat.token"), Value: made.Token.Reveal(),
			Hint: say(c, "chat.token_hint"), Secret: true})
	}
	return list
}

// made are secrets that were just made, in a letter and one by one, with the way on.
func (s *Server) made(c echo.Context, one storage.Company, made storage.Chat, on web.Link) web.Made {
	page := web.Made{Secrets: s.madeSecrets(c, one, made), Letter: s.letter(c, one, made)}
	page.Letter.To, page.Letter.Link = on.To, on.Title
	return page
}

// webhookURL is where INEED.CHAT posts a company's orders.
func (s *Server) webhookURL(c echo.Context, one storage.Company) web.Copyable {
	return web.Copyable{ID: "webhook", Label: say(c, "chat.webhook"), Hint: say(c, "chat.webhook_hint"),
		Value: s.site.Root(c.Request()) + visit.WebhookPath(one)}
}

// queryURL is the URL of a webhook with its token in the query, for chats that do not take
// one that ends with it.
func queryURL(c echo.Context, inPath web.Copyable, token string) web.Copyable {
	return web.Copyable{ID: "webhook-query", Label: say(c, "chat.webhook_query"), Secret: token != storage.Masked,
		Value: strings.TrimSuffix(inPath.Value, "/"+storage.Masked) + "?token=" + token,
		Hint:  say(c, "chat.webhook_query_hint")}
}

// rotatePage makes a new secret for what comes in, and shows it this once.
func (s *Server) rotatePage(c echo.Context) error {
	ctx, id := c.Request().Context(), visit.Param(c, "company")
	if c.FormValue("of") == "insales" {
		if err := s.bridge.RotateHookToken(ctx, id); err != nil {
			return err
		}
		return s.goTo(c, companyTo(id, "?done=hooks"))
	}
	secret, err := s.bridge.RotateSecret(ctx, id)
	if err != nil {
		return err
	}
	one, err := s.bridge.Company(ctx, id)
	if err != nil {
		return err
	}
	return s.showRotated(c, one, storage.Chat{Secrets: []storage.Secret{secret}}, companyTrail(c, one))
}

// showRotated shows the secrets that were just made for a company, this once.
func (s *Server) showRotated(c echo.Context, one storage.Company, made storage.Chat, trail []web.Crumb) error {
	back := web.Link{To: companyTo(one.ID, ""), Title: say(c, "back_to_settings")}
	return s.showMade(c, one, made, trail, back)
}

// showMade shows them, with the way back to where they were made.
func (s *Server) showMade(
	c echo.Context, one storage.Company, made storage.Chat, trail []web.Crumb, back web.Link,
) error {
	page := s.made(c, one, made, back)
	page.Text = say(c, "chat.rotated")
	view := web.View{Title: say(c, "chat.rotated_title"), Section: "companies", Page: page, Trail: trail}
	return s.show(c, http.StatusOK, "made", view)
}
