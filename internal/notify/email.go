package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
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

// A RefusedRecipient is one that the server does not take mail for.
type RefusedRecipient struct {
	Address string
	Status  int    // 4xx: not now; 5xx: not at all
	Words   string // of the server
}

// Send delivers the message to the server for all recipients that it takes, and
// tells of those that it refuses. If it takes none, or not the mail, the error
// says why and nobody was told. Once the server has answered that it has the mail
// it is sent, whatever happens to the connection then.
func (e Email) Send(ctx context.Context, m Message) (refused []RefusedRecipient, err error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(msg.From(e.From), msg.To(e.To...)); err != nil {
		return nil, &Error{Words: "From or To", err: err}
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	if m.ID == "" {
		msg.SetMessageID()
	} else { // the same with each try, so that one that arrives twice is known
		msg.SetMessageIDWithValue(m.ID + "@" + domainOf(e.From))
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(mail.TypeTextPlain, m.body())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := e.connect(ctx, mail.SMTPAuthAutoDiscover)
	if e.Security == TLS && errors.Is(err, mail.ErrPlainAuthNotSupported) {
		client, err = e.connect(ctx, mail.SMTPAuthLogin)
	}
	if err != nil {
		return nil, notSignedIn(explain(err))
	}
	defer client.Close()
	return e.converse(client, msg)
}

// converse hands the mail over. The library's own way stops at the first
// recipient that is refused, and takes what follows the mail for a failure of it.
func (e Email) converse(client *smtp.Client, msg *mail.Msg) ([]RefusedRecipient, error) {
	step := func(do func() error) error {
		return errors.Join(client.UpdateDeadline(e.timeout()), do())
	}
	if err := step(func() error { return client.Mail("<" + e.From + ">") }); err != nil {
		out := explain(err)
		if out.Status != 0 && out.Status != closing {
			out.Step = StepSender
		}
		return nil, notSignedIn(out)
	}
	var refused []RefusedRecipient
	for _, to := range e.To {
		err := step(func() error { return client.Rcpt("<" + to + ">") })
		answered, ok := errors.AsType[*textproto.Error](err)
		switch {
		case err == nil:
		case !ok || answered.Code == closing:
			return nil, explain(err) // it has left
		default:
			refused = append(refused, RefusedRecipient{Address: to, Status: answered.Code, Words: clip(answered.Msg)})
		}
	}
	if len(refused) == len(e.To) {
		return refused, &Error{Status: refused[0].Status, Words: refused[0].Words, Step: StepRecipients}
	}
	if err := step(func() error { return e.data(client, msg) }); err != nil {
		return nil, err
	}
	// It has the mail. That it is left politely is worth no more than a moment.
	if client.UpdateDeadline(goodbye) == nil {
		_ = client.Quit()
	}
	return refused, nil
}

const (
	closing = 421 // the server ends the conversation, whatever was said
	goodbye = 2 * time.Second
)

// data sends the mail itself. If the connection is lost before the server has
// answered nobody knows whether it has the mail: it is sent again, and may arrive
// twice rather than never.
func (e Email) data(client *smtp.Client, msg *mail.Msg) error {
	w, err := client.Data()
	if err != nil {
		return explain(err)
	}
	if _, err := msg.WriteTo(w); err != nil {
		return explain(err)
	}
	err = errors.Join(client.UpdateDeadline(e.timeout()), w.Close())
	if err == nil {
		return nil
	}
	out := explain(err)
	out.Unanswered = out.Status == 0
	return out
}

func (e Email) timeout() time.Duration {
	if e.Timeout == 0 {
		return 15 * time.Second
	}
	return e.Timeout
}

// connect opens a conversation, protected and signed in as the settings say.
func (e Email) connect(ctx context.Context, auth mail.SMTPAuthType) (*smtp.Client, error) {
	config := e.TLSConfig
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config = config.Clone()
	config.ServerName = e.Host
	var opened net.Conn
	dial := func(ctx2 context.Context, network, address string) (net.Conn, error) {
		conn, err := e.Dial(ctx2, network, address)
		if err != nil {
			return nil, err
		}
		conn = &bounded{conn, maxSession}
		opened = conn
		// The library looks at the context while it dials only.
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		if e.Security != TLS {
			return conn, nil
		}
		secure := tls.Client(conn, config)
		return secure, secure.HandshakeContext(ctx2)
	}
	options := []mail.Option{mail.WithPort(e.Port), mail.WithTimeout(e.timeout()), mail.WithTLSConfig(config),
		mail.WithDialContextFunc(dial), mail.WithoutNoop()}
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
		return nil, err
	}
	out, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil && opened != nil { // which the library leaves open
		_ = opened.Close()
	}
	return out, err
}

// explain makes an Error of what the library says.
func explain(err error) *Error {
	out := &Error{err: err}
	if answered, ok := errors.AsType[*textproto.Error](err); ok {
		out.Status, out.Words = answered.Code, clip(answered.Msg)
		return out
	}
	out.Words = clip(err.Error())
	return out
}

// notSignedIn marks those answers that are about the user and the password (RFC 4954), and
// what the library says, in words only, of a server that cannot do what the settings want.
func notSignedIn(e *Error) *Error {
	switch e.Status {
	case 432, 454, 530, 534, 535, 538:
		e.Step = StepSignIn
	case 0:
		switch text := e.err.Error(); {
		case strings.Contains(text, "does not support STARTTLS"):
			e.Step = StepProtect
		case strings.Contains(text, "does not support SMTP AUTH"), errors.Is(e.err, mail.ErrNoSupportedAuthDiscovered):
			e.Step = StepNoSignIn
		}
	}
	return e
}
