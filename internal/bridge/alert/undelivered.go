package alert

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/notify"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// Why a message did not get through is told in a code that a person can act on: which
// setting of the channel to look at. What the network or the other side said in its own words
// goes along as an argument, with the channel's secrets taken out.

// botProblems are what the reasons of package notify are called here.
var botProblems = map[string]string{
	notify.ReasonToken: problem.BotToken, notify.ReasonChat: problem.BotChat, notify.ReasonBlocked: problem.BotBlocked,
	notify.ReasonKicked: problem.BotKicked, notify.ReasonRights: problem.BotRights,
}

// mailProblems are what the steps at which a mail fails are called here.
var mailProblems = map[string]string{
	notify.StepProtect: problem.MailProtect, notify.StepNoSignIn: problem.MailNoSignIn,
	notify.StepSignIn: problem.MailSignIn, notify.StepSender: problem.MailSender,
	notify.StepRecipients: problem.MailRecipients,
}

// unreached are what the reasons of problem.NetworkReason are called here; others are
// problem.NotReached.
var unreached = map[string]string{
	"dns": problem.UnreachedName, "refused": problem.UnreachedRefused, "timeout": problem.UnreachedTimeout,
	"tls": problem.UnreachedTLS, "proxy": problem.UnreachedProxy, "private address": problem.UnreachedPrivate,
}

// notDelivered says in a code why a message did not get through.
func notDelivered(err error, c storage.Channel) *storage.Problem {
	e, ok := errors.AsType[*notify.Error](err)
	if !ok {
		e = &notify.Error{}
	}
	args := []string{"service", c.Kind, "status", strconv.Itoa(e.Status), "message", hidden(e.Words, c)}
	p := problem.Of(problem.NotTaken, args...)
	switch hook := c.Kind == storage.ChannelWebhook; {
	case e.Unanswered && c.Kind == storage.ChannelEmail:
		p = problem.Of(problem.Unanswered)
	case e.Reason != "":
		p.Code = botProblems[e.Reason]
	case e.Step != "":
		p.Code = mailProblems[e.Step]
	case e.Status == http.StatusTooManyRequests && !hook:
		p = problem.Of(problem.BotWaits, "service", c.Kind, "seconds", strconv.Itoa(int(e.RetryAfter.Seconds())))
	case hook && (e.Status == http.StatusNotFound || e.Status == http.StatusGone):
		p.Code = problem.HookNotFound
	case hook && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden):
		p.Code = problem.HookSignIn
	case e.Status == 0:
		p = notReached(err, e, c)
	}
	return &p
}

// notReached says why there was no answer, and where one was expected.
func notReached(err error, e *notify.Error, c storage.Channel) storage.Problem {
	at := c.Address
	switch c.Kind {
	case storage.ChannelWebhook:
		at = weburl.OriginOf(c.URL.Reveal())
	case storage.ChannelTelegram, storage.ChannelMax:
		at = weburl.OriginOf(baseOf(c))
	}
	host := at
	if name, _, err := net.SplitHostPort(at); err == nil && c.Kind == storage.ChannelEmail {
		host = name
	} else if u, ok := weburl.Parse(at); ok {
		host = u.Name
	}
	p := problem.Of(problem.NotReached, "service", c.Kind, "at", at, "host", host, "reason", hidden(e.Words, c))
	if code := unreached[problem.NetworkReason(err)]; code != "" {
		p.Code = code
	}
	if _, bad := errors.AsType[*tls.CertificateVerificationError](err); bad {
		p.Code = problem.UnreachedCertificate
	}
	return p
}
