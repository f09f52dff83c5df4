package translate

import (
	"cmp"
	"net/mail"
	"strings"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/legible"
)

// client invents nothing: one word is a name. Who has none that can be seen goes
// by the phone. A phone that is none, or that has an extension, goes as it was
// typed; an e-mail that is none is left out, because the shop would refuse the
// order for it.
func (t *Translation) client(c ineedchat.Customer) insales.NewClient {
	if legible.Blank(c.Name) {
		c.Name = ""
	}
	name, surname, _ := strings.Cut(strings.Join(strings.Fields(c.Name), " "), " ")
	to := insales.NewClient{Name: cmp.Or(name, c.Phone, "-"), Surname: surname, Phone: c.Phone, Consent: true}
	if phone, ok := normalPhone(c.Phone); ok {
		to.Phone = phone
	} else if c.Phone != "" {
		t.notice(problem.NoticePhoneAsTyped)
	}
	if email := strings.TrimSpace(c.Email); validEmail(email) {
		to.Email = email
	} else if email != "" {
		t.notice(problem.NoticeEmailLeftOut)
	}
	return to
}

// validEmail reports whether s is one plain address of a form that shops take.
func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && strings.Contains(s[strings.LastIndexByte(s, '@'):], ".")
}
