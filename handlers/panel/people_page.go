package panel

import (
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// Who may use the panel: all users, and each on a page of its own. A link that sets a
// password is shown once, when it is made.

// isOwner reports whether an owner looks.
func isOwner(c echo.Context) bool {
	p, _ := visit.Person(c)
	return p.Owner()
}

// accessTabs lead to the pages of who may use the panel. A manager has only one.
func accessTabs(c echo.Context, here string) []web.Tab {
	if !isOwner(c) {
		return nil
	}
	var list []web.Tab
	for _, to := range []string{"access", "people", "tokens"} {
		list = append(list, web.Tab{Title: say(c, to+".title"), To: "/" + to, Current: to == here})
	}
	return list
}

// personTo is the path of a user's page.
func personTo(id int64) string { return "/people/" + itoa64(id) }

// peoplePage lists the users and has the form to invite one.
func (s *Server) peoplePage(c echo.Context) error { return s.showPeople(c, http.StatusOK, nil) }

// showPeople shows the page, with what is wrong with each field of the form.
func (s *Server) showPeople(c echo.Context, status int, wrong map[string]string) error {
	ctx := c.Request().Context()
	users, err := s.bridge.Login.Users(ctx)
	if err != nil {
		return err
	}
	coded, err := s.bridge.Login.FactorUsers(ctx)
	if err != nil {
		return err
	}
	you, _ := visit.Person(c)
	page := web.People{Tabs: accessTabs(c, "people"), Name: nameField(c, c.FormValue("name"), wrong["name"]),
		Role: roleField(c, storage.Role(c.FormValue("role")), wrong["role"])}
	for _, u := range users {
		list, err := s.bridge.Login.Sessions(ctx, u.ID)
		if err != nil {
			return err
		}
		row := web.PersonRow{To: personTo(u.ID), Name: u.Name, You: u.ID == you.ID,
			Role: say(c, "role."+string(u.Role)), State: s.userState(c, u), Code: slices.Contains(coded, u.ID)}
		if len(list) > 0 {
			row.Last = s.moment(c, list[0].SeenAt)
		}
		page.Rows = append(page.Rows, row)
	}
	return s.show(c, status, "people", web.View{Title: say(c, "people.title"), Section: "access", Page: page})
}

// nameField asks what a user is called.
func nameField(c echo.Context, value, wrong string) web.Field {
	return web.Field{Name: "name", Label: say(c, "people.name"), Hint: say(c, "people.name_hint"), Value: value,
		Error: wrong, Required: true, Autocomplete: "off"}
}

// roleField asks what a user may do.
func roleField(c echo.Context, chosen storage.Role, wrong string) web.Field {
	f := web.Field{Name: "role", Label: say(c, "people.role"), Hint: say(c, "people.role_hint"), Error: wrong}
	for _, role := range []storage.Role{storage.RoleManager, storage.RoleOwner} {
		f.Options = append(f.Options, web.Option{Value: string(role), Title: say(c, "role."+string(role)),
			Selected: role == chosen})
	}
	return f
}

// wrongFields are what is wrong with a form, in words by field; nil if the error is
// another one.
func wrongFields(c echo.Context, err error) map[string]string {
	bad, ok := errors.AsType[*problem.Invalid](err)
	if !ok {
		return nil
	}
	return fieldErrors(c, bad)
}

// invite adds a user and shows the link for that person.
func (s *Server) invite(c echo.Context) error {
	token, err := s.bridge.Login.Invite(c.Request().Context(), c.FormValue("name"), storage.Role(c.FormValue("role")))
	if wrong := wrongFields(c, err); wrong != nil {
		return s.showPeople(c, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	return s.showLink(c, token, c.FormValue("name"), "/people")
}

// showLink shows a link that was just made, this once.
func (s *Server) showLink(c echo.Context, token, name, back string) error {
	page := web.SetupLink{Text: say(c, "people.link_made", "name", name), To: back,
		Link: web.Copyable{ID: "made-link", Label: say(c, "people.link_label"), Secret: true,
			Value: s.site.Root(c.Request()) + SetupPath(token), Hint: say(c, "people.link_hint")}}
	return s.show(c, http.StatusOK, "link", web.View{Title: say(c, "people.link_title"), Section: "access", Page: page,
		Trail: []web.Crumb{{Title: say(c, "people.title"), To: "/people"}}})
}

// user gives the user that the path names.
func (s *Server) user(c echo.Context) (storage.User, error) {
	users, err := s.bridge.Login.Users(c.Request().Context())
	if err != nil {
		return storage.User{}, err
	}
	return byNumber(c, "user", users, func(u storage.User) int64 { return u.ID })
}

// byNumber gives the one of a list whose number the path names.
func byNumber[T any](c echo.Context, name string, list []T, number func(T) int64) (one T, err error) {
	i := slices.IndexFunc(list, func(one T) bool { return itoa64(number(one)) == c.Param(name) })
	if i < 0 {
		return one, echo.ErrNotFound
	}
	return list[i], nil
}

// personPage shows one user.
func (s *Server) personPage(c echo.Context) error {
	u, err := s.user(c)
	if err != nil {
		return err
	}
	return s.showPerson(c, http.StatusOK, u, nil)
}

// showPerson shows one user, with what is wrong with each field.
func (s *Server) showPerson(c echo.Context, status int, u storage.User, wrong map[string]string) error {
	sessions, err := s.sessions(c, u.ID, personTo(u.ID))
	if err != nil {
		return err
	}
	name, role := u.Name, u.Role
	if wrong != nil {
		name, role = c.FormValue("name"), storage.Role(c.FormValue("role"))
	}
	to := personTo(u.ID)
	page := web.Person{Action: to, Name: nameField(c, name, wrong["name"]), Role: roleField(c, role, wrong["role"]),
		State: s.userState(c, u), Sessions: sessions, Text: say(c, "people.link_self"),
		Remove: web.Button{To: to + "/remove", Title: say(c, "people.remove"), Look: "danger"}}
	coded, err := s.bridge.Login.FactorUsers(c.Request().Context())
	if err != nil {
		return err
	}
	page.Code = slices.Contains(coded, u.ID)
	if you, _ := visit.Person(c); you.ID != u.ID {
		page.CodeOff = web.Button{To: to + "/code-off", Title: say(c, "people.code_off"), Look: "danger"}
		page.Text = say(c, "people.link_text")
		page.Link = &web.Button{To: to + "/link", Title: say(c, "people.link_new")}
		if len(u.Password) > 0 {
			page.Text = say(c, "people.reset_text")
		}
	}
	if len(u.Setup) > 0 {
		page.Revoke = &web.Button{To: to + "/revoke", Title: say(c, "people.revoke")}
	}
	return s.show(c, status, "person", web.View{Title: u.Name, Section: "access", Page: page,
		Trail: []web.Crumb{{Title: say(c, "people.title"), To: "/people"}}})
}

// changePerson stores another name or role of a user.
func (s *Server) changePerson(c echo.Context) error {
	u, err := s.user(c)
	if err != nil {
		return err
	}
	err = s.bridge.Login.ChangeUser(c.Request().Context(), u.ID, c.FormValue("name"), storage.Role(c.FormValue("role")))
	wrong := wrongFields(c, err)
	if no, ok := errors.AsType[*problem.Refused](err); ok {
		wrong = map[string]string{"role": locale.Problem(lang(c), no.Problem.Code, no.Problem.Args)}
	}
	if wrong != nil {
		return s.showPerson(c, http.StatusUnprocessableEntity, u, wrong)
	}
	if err != nil {
		return err
	}
	return s.goTo(c, personTo(u.ID)+"?done=person")
}

// linkPerson voids the password of a user and shows the link that sets another.
func (s *Server) linkPerson(c echo.Context) error {
	u, err := s.user(c)
	if err != nil {
		return err
	}
	by, _ := visit.Person(c)
	token, err := s.bridge.Login.NewLink(c.Request().Context(), by, u.ID)
	if err != nil {
		return err
	}
	return s.showLink(c, token, u.Name, personTo(u.ID))
}

// revokePerson voids the link of a user.
func (s *Server) revokePerson(c echo.Context) error {
	u, err := s.user(c)
	if err != nil {
		return err
	}
	if err := s.bridge.Login.RevokeLink(c.Request().Context(), u.ID); err != nil {
		return err
	}
	return s.goTo(c, personTo(u.ID)+"?done=revoked")
}

// removePerson forgets a user.
func (s *Server) removePerson(c echo.Context) error {
	u, err := s.user(c)
	if err != nil {
		return err
	}
	if err := s.bridge.Login.RemoveUser(c.Request().Context(), u.ID); err != nil {
		return err
	}
	return s.goTo(c, "/people?done=person_removed")
}

// dropFactorOf has a user's sign-in ask for no code any more.
func (s *Server) dropFactorOf(c echo.Context) error {
	u, err := s.user(c)
	if err != nil {
		return err
	}
	by, _ := visit.Person(c)
	if err := s.bridge.Login.DropFactorOf(c.Request().Context(), by, u.ID); err != nil {
		return err
	}
	return s.goTo(c, personTo(u.ID)+"?done=code_off")
}

// endPersonSession ends one session of a user.
func (s *Server) endPersonSession(c echo.Context) error {
	u, err := s.user(c)
	if err != nil {
		return err
	}
	return s.endSessionOf(c, u.ID, personTo(u.ID))
}

// endPersonSessions ends all sessions of a user but the one that asks for it.
func (s *Server) endPersonSessions(c echo.Context) error {
	u, err := s.user(c)
	if err != nil {
		return err
	}
	return s.endOtherSessionsOf(c, u.ID, personTo(u.ID))
}
