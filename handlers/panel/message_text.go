package panel

import (
	"ineed-insales/internal/bridge/alert"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// Messages gives the function that puts notifications into words, with links
// below a public URL; "" means that they have no links. The words name causes
// and counts, and never anything of a customer.
func Messages(publicURL string) func(lang string, c storage.Company, m storage.Message) alert.Message {
	publicURL = weburl.Tidy(publicURL)
	return func(lang string, c storage.Company, m storage.Message) alert.Message {
		say := func(id string, args ...string) string { return locale.Text(lang, "letter."+id, pairs(args)) }
		var l alert.Message
		to := "/notify"
		if m.Kind == storage.MessageTest {
			l.Subject, l.Text = say("test"), say("test_text")
		} else {
			a := m.Alarm
			c.ID = a.Company
			title, text, name := say("title."+a.Kind), alarmText(lang, a), nameOf(c)
			if a.Company == "" { // it is about all of them
				name = say("connector")
			}
			l.Subject = say("subject", "company", name, "title", title)
			l.Text = text
			if m.Kind == storage.MessageOver {
				l.Subject = say("subject_over", "company", name, "title", title)
				l.Text = say("over", "text", text, "time", lastingIn(lang, m.At.Sub(a.Since)))
			}
			to = alarmTo(a)
		}
		if publicURL != "" {
			l.Link = publicURL + to
		}
		return l
	}
}

// alarmText is what is wrong, in a sentence or two.
func alarmText(lang string, a storage.Alarm) string {
	n := map[string]string{"n": itoa(a.Orders)}
	switch a.Kind {
	case alert.AlarmOrders:
		n["cause"] = locale.Text(lang, "panel.cause."+a.Code, nil)
		return locale.Text(lang, "letter.orders", n)
	case alert.AlarmWaiting:
		n["minutes"] = a.Problem.Args["minutes"]
		return locale.Text(lang, "letter.waiting", n)
	case alert.AlarmUnread:
		return locale.Text(lang, "letter.unread", map[string]string{"n": a.Problem.Args["n"]})
	case alert.AlarmRefused:
		why := locale.Text(lang, "refusal."+a.Problem.Args["reason"], nil)
		return locale.Text(lang, "letter.refused", map[string]string{"why": why})
	}
	return locale.Problem(lang, a.Problem.Code, legibleArgs(lang, a.Problem.Args))
}

// alarmTo is the page where something can be done about it.
func alarmTo(a storage.Alarm) string {
	switch a.Kind {
	case alert.AlarmUnread:
		return companyTo(a.Company, "/received")
	case alert.AlarmStore:
		return "/"
	case alert.AlarmOrders:
		switch a.Code {
		case problem.NoticeReportFailing, problem.NoticePaymentNotTaken, problem.ReportRefused, problem.ReportNotFound,
			problem.ReportExpired:
			return companyTo(a.Company, "/orders?state="+noticed) // they are in the shop
		}
		return attentionTo(a.Company, a.Code)
	case alert.AlarmGone:
		return companyTo(a.Company, "/orders")
	case alert.AlarmWaiting:
		return companyTo(a.Company, "/orders?state=new")
	case alert.AlarmPlan:
		return companyTo(a.Company, "/check")
	case alert.AlarmChat, alert.AlarmRefused:
		return companyTo(a.Company, "#chat")
	case alert.AlarmGuard:
		return companyTo(a.Company, "#catalog")
	case alert.AlarmHooks:
		return companyTo(a.Company, "#hooks")
	case alert.AlarmCatalog:
		return companyTo(a.Company, catalogField(a.Code))
	}
	return companyTo(a.Company, "#shop")
}
