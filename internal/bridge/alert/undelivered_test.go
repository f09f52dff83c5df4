package alert

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/internal/notify"
	"ineed-insales/storage"
)

// TestUndelivered: why a message was not delivered is said by what has to be mended, in words
// without a word of Go's, for every kind of channel.
func TestUndelivered(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for _, test := range []struct {
		err        error
		code, says string
	}{
		{refused, problem.UnreachedRefused, "не отвечает на"},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}},
			problem.UnreachedName, "Имя mail.example.com не находится"},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, problem.UnreachedTimeout, "не ответил вовремя"},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, problem.UnreachedCertificate,
			"Сертификату сервера mail.example.com"},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, problem.UnreachedTLS,
			"защищённое соединение"},
		{&net.OpError{Op: "proxyconnect", Err: refused}, problem.UnreachedProxy, "Прокси"},
		{&net.OpError{Op: "socks connect", Err: refused}, problem.UnreachedProxy, "Прокси"},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, problem.NotReached, "Нет связи"},
	} {
		for _, c := range []storage.Channel{
			{Kind: storage.ChannelEmail, Address: "mail.example.com:2525"},
			{Kind: storage.ChannelTelegram, Address: "https://mail.example.com"},
			{Kind: storage.ChannelMax, Address: "https://mail.example.com"},
			{Kind: storage.ChannelWebhook, Address: "https://mail.example.com/•••", URL: "https://mail.example.com/s3cr3t"},
		} {
			err := errors.Join(&notify.Error{Words: "dial tcp: s3cr3t"}, fmt.Errorf("send: %w", test.err))
			p := notDelivered(err, c)
			text := locale.Problem(locale.Russian, p.Code, p.Args)
			if p.Code != test.code || !strings.Contains(text, test.says) || !strings.Contains(text, "mail.example.com") {
				t.Errorf("%s: %s %s", c.Kind, p.Code, text)
			}
			for _, bad := range []string{"dial", "tcp", "s3cr3t", "{{", "no value"} {
				if strings.Contains(text, bad) {
					t.Errorf("%s: %q in %s", c.Kind, bad, text)
				}
			}
		}
	}
	mail, hook := storage.Channel{Kind: storage.ChannelEmail}, storage.Channel{Kind: storage.ChannelWebhook}
	for _, test := range []struct {
		c    storage.Channel
		e    notify.Error
		says string
	}{
		{mail, notify.Error{Status: 535, Words: "5.7.8 bad", Step: notify.StepSignIn}, "не принял имя и пароль (код 535)"},
		{mail, notify.Error{Status: 553, Step: notify.StepSender}, "«От кого»"},
		{mail, notify.Error{Status: 550, Words: "no such user", Step: notify.StepRecipients}, "«Кому»"},
		{mail, notify.Error{Step: notify.StepProtect}, "не умеет STARTTLS"},
		{mail, notify.Error{Step: notify.StepNoSignIn}, "не предлагает входа"},
		{hook, notify.Error{Status: 404}, "По этому URL ничего нет (код 404)"},
		{hook, notify.Error{Status: 403}, "Проверьте токен"},
		{hook, notify.Error{Status: 429}, "Сервис ответил отказом (код 429)"},
		{storage.Channel{Kind: storage.ChannelMax}, notify.Error{Status: 401, Reason: notify.ReasonToken},
			"MAX не знает такого токена бота. Скопируйте его в настройках чат-бота"},
		{storage.Channel{Kind: storage.ChannelTelegram}, notify.Error{Status: 401, Reason: notify.ReasonToken}, "@BotFather"},
	} {
		p := notDelivered(&test.e, test.c)
		if text := locale.Problem(locale.Russian, p.Code, p.Args); !strings.Contains(text, test.says) {
			t.Errorf("%s %s", p.Code, text)
		}
	}
}
