package panel

import (
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/storage"
)

// What is asked before each of the things that cannot be undone (confirm_page.go).

// titled gives a question another title than what its button says.
func (q *question) titled(c echo.Context, what string) *question {
	if q != nil && len(q.trail) > 0 {
		q.title = say(c, "confirm.title", "what", what, "name", q.trail[len(q.trail)-1].Title)
	}
	return q
}

// gently marks a question as one about what takes nothing away.
func gently(q *question, err error) (*question, error) {
	if err == nil {
		q.gentle = true
	}
	return q, err
}

// companyQuestion is a question about a company, whose button is called do.
func (s *Server) companyQuestion(c echo.Context, do string, text ...string) (*question, error) {
	one, err := s.bridge.Company(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return nil, err
	}
	return &question{section: "companies", trail: companyTrail(c, one), text: text, do: do,
		title: say(c, "confirm.title", "what", do, "name", nameOf(one))}, nil
}

// orderQuestion is one about the order that the path names.
func (s *Server) orderQuestion(c echo.Context, do string, text ...string) (*question, error) {
	desk, key, err := s.deskAndKey(c)
	if err != nil {
		return nil, err
	}
	o, _, err := desk.Order(c.Request().Context(), key)
	if err != nil {
		return nil, err
	}
	title := orderTitle(c, &o)
	return &question{section: "orders", text: text, do: do, title: say(c, "confirm.title", "what", do, "name", title),
		trail: append(ordersTrail(c, key.Company), web.Crumb{Title: title, To: orderTo(key, "")})}, nil
}

// aboutOrder asks about a button of an order's page.
func (s *Server) aboutOrder(a order.Action) func(echo.Context) (*question, error) {
	return func(c echo.Context) (*question, error) {
		return s.orderQuestion(c, say(c, "act."+string(a)), say(c, "act."+string(a)+"_confirm"))
	}
}

// aboutBody asks before a second body becomes an order of its own. That a remark was seen
// needs no question.
func (s *Server) aboutBody(c echo.Context) (*question, error) {
	if c.FormValue("body") == "" {
		return nil, nil
	}
	return gently(s.orderQuestion(c, say(c, "order.accept_body"), say(c, "order.accept_body_confirm")))
}

// aboutDeletion asks for the company's name.
func (s *Server) aboutDeletion(c echo.Context) (*question, error) {
	q, err := s.companyQuestion(c, say(c, "company.delete"), say(c, "company.delete_confirm"))
	if err != nil {
		return nil, err
	}
	q.word = q.trail[len(q.trail)-1].Title
	q.label = say(c, "confirm.word", "word", q.word)
	return q, nil
}

// aboutSettings asks before orders are sent no more.
func (s *Server) aboutSettings(c echo.Context) (*question, error) {
	if c.FormValue("do") != "disable" {
		return nil, nil
	}
	q, err := s.companyQuestion(c, say(c, "manage.disable_orders"))
	if err != nil {
		return nil, err
	}
	sum, err := s.bridge.Summary(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return nil, err
	}
	q.text = []string{say(c, "manage.disable_confirm")}
	if n := sum.States[storage.StateNew] + sum.States[storage.StateAttention]; n > 0 {
		q.text = append(q.text, say(c, "manage.disable_waiting", "n", itoa(n)))
	}
	return q, nil
}

// aboutSecret asks before the chat, or the shop, is given another secret.
func (s *Server) aboutSecret(c echo.Context) (*question, error) {
	if c.FormValue("of") == "insales" {
		return s.companyQuestion(c, say(c, "hooks.rotate"), say(c, "hooks.rotate_confirm"))
	}
	return s.companyQuestion(c, say(c, "chat.rotate"), say(c, "chat.rotate_confirm"))
}

// aboutAccount asks before a company is bound to another account of InSales.
func (s *Server) aboutAccount(c echo.Context) (*question, error) {
	q, err := s.companyQuestion(c, say(c, "company.confirm_account"), say(c, "company.confirm_question"))
	return q.titled(c, say(c, "confirm.account")), err
}

// aboutCatalog asks before the whole catalog is sent again.
func (s *Server) aboutCatalog(c echo.Context) (*question, error) {
	if c.FormValue("full") != "true" {
		return nil, nil
	}
	return gently(s.companyQuestion(c, say(c, "catalog.full"), say(c, "catalog.full_question")))
}

// aboutGuard asks before what the guard withholds may happen.
func (s *Server) aboutGuard(c echo.Context) (*question, error) {
	syncer, err := s.syncer(c)
	if err != nil {
		return nil, err
	}
	v, err := syncer.View(c.Request().Context())
	if err != nil || v.Guard == nil {
		return nil, err // nothing is withheld: the act says so
	}
	q, err := s.companyQuestion(c, say(c, "catalog.confirm"), guardQuestion(c, *v.Guard))
	return q.titled(c, say(c, "confirm.guard")), err
}

// aboutReceived asks before all that was refused is erased.
func (s *Server) aboutReceived(c echo.Context) (*question, error) {
	return s.companyQuestion(c, say(c, "received.erase"), say(c, "received.erase_confirm"))
}

// aboutDelivery asks before one delivery is set aside for good, or what proved nothing is
// forgotten.
func (s *Server) aboutDelivery(c echo.Context) (*question, error) {
	switch {
	case c.FormValue("drop") != "":
		return s.companyQuestion(c, say(c, "received.drop"), say(c, "received.drop_confirm"))
	case c.FormValue("forget") != "":
		return s.companyQuestion(c, say(c, "received.forget_all"), say(c, "received.forget_confirm"))
	}
	return nil, nil
}

// aboutCause asks before all orders of one cause are sent again.
func (s *Server) aboutCause(c echo.Context) (*question, error) {
	causes, err := s.bridge.Causes(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return nil, err
	}
	for _, cause := range causes {
		if cause.Problem.Code != c.FormValue("problem") || cause.Problem.Args["type"] != c.FormValue("type") {
			continue
		}
		q, err := s.companyQuestion(c, say(c, "cause.retry"), causeTitle(c, cause.Problem),
			say(c, "cause.orders", "n", itoa(cause.Orders))+", "+
				say(c, "cause.since", "time", lasting(c, time.Since(cause.Oldest)))+".")
		if err == nil {
			q.gentle, q.section, q.trail = true, "orders", ordersTrail(c, visit.Param(c, "company"))
		}
		return q, err
	}
	return nil, nil // they have gone meanwhile
}

// aboutGone asks before customers are told that their orders are cancelled.
func (s *Server) aboutGone(c echo.Context) (*question, error) {
	desk, err := s.desk(c)
	if err != nil {
		return nil, err
	}
	n, err := desk.GoneWaiting(c.Request().Context())
	if err != nil || n == 0 {
		return nil, err
	}
	q, err := s.companyQuestion(c, say(c, "cause.gone_confirm"), say(c, "cause.gone_sure", "n", itoa(n)))
	return q.titled(c, say(c, "confirm.gone")), err
}

// aboutSample asks before an order is really made in the shop.
func (s *Server) aboutSample(c echo.Context) (*question, error) {
	if c.FormValue("do") != "send" {
		return nil, nil
	}
	return gently(s.companyQuestion(c, say(c, "preview.send"), say(c, "preview.send_confirm")))
}

// aboutRemoval asks before a user is removed.
func (s *Server) aboutRemoval(c echo.Context) (*question, error) {
	u, err := s.user(c)
	return aboutUser(c, u, "people.remove", "people.remove_text"), err
}

// aboutFactor asks before a user's sign-in asks for no code any more.
func (s *Server) aboutFactor(c echo.Context) (*question, error) {
	u, err := s.user(c)
	return aboutUser(c, u, "people.code_off", "people.code_off_text"), err
}

// aboutLink asks before a link takes the place of a user's password.
func (s *Server) aboutLink(c echo.Context) (*question, error) {
	u, err := s.user(c)
	if err != nil || len(u.Password) == 0 {
		return nil, err
	}
	return aboutUser(c, u, "people.link_new", "people.reset_text"), nil
}

// aboutUser is a question about a user.
func aboutUser(c echo.Context, u storage.User, do, text string) *question {
	return &question{section: "access", trail: []web.Crumb{{Title: say(c, "people.title"), To: "/people"},
		{Title: u.Name, To: personTo(u.ID)}}, do: say(c, do), text: []string{say(c, text)},
		title: say(c, "confirm.title", "what", say(c, do), "name", u.Name)}
}
