package panel

import (
	"ineed-insales/internal/bridge/alert"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// Notifications are put into words here, because their words are those of the pages
// that they lead to: a cause of orders is called the same in both, and the link goes to
// the page, if possible to the field, where something can be done. A message is read by
// whoever passes a phone that lies on a table, and goes through servers of others: it
// says how many orders there are and why they wait, and nothing of whose they are.

// Messages gives the function that puts notifications into words, with links
// below a public URL; "" means that they have no links. The words name causes
// and counts, and never anything of a customer.
func Messages(publicURL string) func(lang string, c storage.Company, m storage.Message) alert.Message {
	publicURL = weburl.Tidy(publicURL)
	return func(lang string, c storage.Company, m storage.Message) alert.Message {
		say := func(id string, args ...string) string { return locale.Text(lang, "message."+id, pairs(args)) }
		var out alert.Message
		to := "/notify"
		switch {
		case m.Kind == storage.MessageTest:
			out.Subject, out.Text = say("test"), say("test_text")
		case m.Kind == storage.MessageWeekly && m.Week != nil:
			out.Subject, out.Text = weekText(lang, *m.Week)
			to = "/"
		default:
			a := m.Alarm
			c.ID = a.Company
			title, text, name := say("title."+a.Kind), alarmText(lang, a), nameOf(c)
			if a.Company == "" { // it is about all of them
				name = say("connector")
			}
			out.Subject = say("subject", "company", name, "title", title)
			out.Text = text
			if m.Kind == storage.MessageOver {
				out.Subject = say("subject_over", "company", name, "title", title)
				out.Text = say("over", "text", text, "time", lastingIn(lang, m.At.Sub(a.Since)))
			}
			to = alarmTo(a)
		}
		if publicURL != "" {
			out.Link = publicURL + to
		}
		return out
	}
}

// alarmText is what is wrong, in a sentence or two.
func alarmText(lang string, a storage.Alarm) string {
	n := map[string]string{"n": itoa(a.Orders)}
	switch a.Kind {
	case alert.AlarmOrders:
		n["cause"] = locale.Text(lang, "panel.cause."+a.Code, legibleArgs(lang, a.Problem.Args))
		return locale.Text(lang, "message.orders", n)
	case alert.AlarmWaiting:
		n["minutes"] = a.Problem.Args["minutes"]
		return locale.Text(lang, "message.waiting", n)
	case alert.AlarmUnread:
		n["n"] = a.Problem.Args["n"] // when the last one came is old news by then
		if a.Code == problem.WireUnread {
			return locale.Problem(lang, a.Code, n)
		}
		return locale.Text(lang, "message.unread", n)
	case alert.AlarmRefused:
		why := locale.Text(lang, "refusal."+a.Problem.Args["reason"], nil)
		return locale.Text(lang, "message.refused", map[string]string{"why": why})
	}
	return locale.Problem(lang, a.Problem.Code, legibleArgs(lang, a.Problem.Args))
}

// alarmTo is the page where something can be done about it.
func alarmTo(a storage.Alarm) string {
	switch a.Kind {
	case alert.AlarmUnread:
		if a.Code == problem.WireUnread {
			return companyTo(a.Company, "/wire")
		}
		return companyTo(a.Company, "/received")
	case alert.AlarmStore, alert.AlarmMachine:
		return "/"
	case alert.AlarmOrders:
		switch a.Code {
		case problem.NoticeReportFailing, problem.NoticePaymentNotTaken, problem.ReportRefused, problem.ReportNotFound,
			problem.ReportExpired, problem.ReportProgram:
			return ordersTo(a.Company, askState, noticed) // they are in the shop
		}
		return attentionTo(a.Company, storage.Problem{Code: a.Code})
	case alert.AlarmGone:
		return ordersTo(a.Company)
	case alert.AlarmWaiting:
		return ordersTo(a.Company, askState, string(storage.StateNew))
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
