package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"time"

	"github.com/wneessen/go-mail"
)

// How an SMTP connection is protected.
const (
	StartTLS = "starttls" // plain at first, then TLS or nothing
	TLS      = "tls"      // from the first byte
	Plain    = "none"     // not at all
)

// An Email sends by a mail server.
type Email struct {
	Host     string
	Port     int
	Security string // StartTLS, TLS or Plain
	User     string // "" = the server wants none
	Password string
	From     string
	To       []string

	// Dial opens the connection.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// TLSConfig is nil but in tests.
	TLSConfig *tls.Config

	// Timeout bounds each step of the conversation; 0 = 15 s.
	Timeout time.Duration
}

// Send delivers the message to the server, for all recipients or for none.
func (e Email) Send(ctx context.Context, m Message) error {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(msg.From(e.From), msg.To(e.To...)); err != nil {
		return &Error{Words: "From or To", err: err}
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(mail.TypeTextPlain, m.body())
	err := e.deliver(ctx, msg, mail.SMTPAuthAutoDiscover)
	if e.Security == TLS && errors.Is(err, mail.ErrPlainAuthNotSupported) {
		err = e.deliver(ctx, msg, mail.SMTPAuthLogin)
	}
	return explain(err)
}

// deliver has one conversation with the server.
func (e Email) deliver(ctx context.Context, msg *mail.Msg, auth mail.SMTPAuthType) error {
	timeout := e.Timeout
	if timeout == 0 {
		timeout = 15 * time.Second
	}
	config := e.TLSConfig
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config = config.Clone()
	config.ServerName = e.Host
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dial := func(ctx2 context.Context, network, address string) (net.Conn, error) {
		conn, err := e.Dial(ctx2, network, address)
		if err != nil {
			return nil, err
		}
		conn = &bounded{conn, maxSession}
		// The library looks at the context while it dials only.
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		if e.Security != TLS {
			return conn, nil
		}
		secure := tls.Client(conn, config)
		return secure, secure.HandshakeContext(ctx2)
	}
	options := []mail.Option{mail.WithPort(e.Port), mail.WithTimeout(timeout), mail.WithTLSConfig(config), mail.WithDialContextFunc(dial), mail.WithoutNoop()}
	switch e.Security {
	case TLS:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS)) // it is there already
		if auth == mail.SMTPAuthAutoDiscover {
			auth = mail.SMTPAuthPlain // the library believes the connection to be open to all
		}
	case Plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if e.User != "" {
		options = append(options, mail.WithSMTPAuth(auth), mail.WithUsername(e.User), mail.WithPassword(e.Password))
	}
	client, err := mail.NewClient(e.Host, options...)
	if err != nil {
		return err
	}
	return client.DialAndSendWithContext(ctx, msg)
}

// explain makes an Error of what the library says.
func explain(err error) error {
	if err == nil {
		return nil
	}
	out := &Error{err: err}
	var answered *textproto.Error
	var refused *mail.SendError
	switch {
	case errors.As(err, &answered):
		out.Status, out.Words = answered.Code, clip(answered.Msg)
	case errors.As(err, &refused):
		out.Status, out.Words = refused.ErrorCode(), clip(refused.Error())
	default:
		out.Words = clip(err.Error())
	}
	return out
}
