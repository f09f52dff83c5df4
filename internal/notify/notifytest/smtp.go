// Package notifytest is a sandbox mail server: it takes mail over SMTP as
// strictly as the connector needs it, and can refuse, or hang up. It starts no
// goroutines of its own and uses no wall clock.
package notifytest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
)

// A Mail is one that was taken.
type Mail struct {
	From   string
	To     []string
	Data   string // headers and body as received
	Secure bool   // it came over TLS
	User   string // who signed in; "" = nobody
}

// A Server takes mail. Set its fields before it serves.
type Server struct {
	TLS            *tls.Config // nil = no STARTTLS
	User, Password string      // "" = nobody has to sign in
	Mechanisms     string      // of AUTH; "" = PLAIN LOGIN

	mu      sync.Mutex
	mails   []Mail
	answers map[string]string // to commands, see Answer
	hangUps int               // connections to drop at once
}

// HangUp is an answer that is none: the server closes the connection.
const HangUp = "hang up"

// Mails gives what was taken, in order.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Refuse answers mail with a line such as "550 no"; "" takes it again.
func (s *Server) Refuse(line string) { s.Answer("MAIL", line) }

// Answer gives the answer to a command from now on, by its verb, or "RCPT" with an
// address; "." is the end of a mail, which is taken all the same unless the answer
// refuses it. It may be HangUp; "" answers as usual again.
func (s *Server) Answer(command, line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers == nil {
		s.answers = map[string]string{}
	}
	s.answers[command] = line
}

func (s *Server) answer(command string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answers[command]
}

// HangUp drops the next n connections.
func (s *Server) HangUp(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hangUps = n
}

// Serve talks to one client until it leaves.
func (s *Server) Serve(conn net.Conn) {
	defer conn.Close()
	s.mu.Lock()
	drop := s.hangUps > 0
	s.hangUps = max(s.hangUps-1, 0)
	s.mu.Unlock()
	if drop {
		return
	}
	_, secure := conn.(*tls.Conn)
	c := &session{s: s, conn: conn, in: bufio.NewReader(conn), mail: Mail{Secure: secure}}
	c.say("220 sandbox ESMTP")
	for c.step() {
	}
}

// A session is one conversation.
type session struct {
	s    *Server
	conn net.Conn
	in   *bufio.Reader
	mail Mail
}

func (c *session) say(line string) { _, _ = fmt.Fprintf(c.conn, "%s\r\n", line) }

func (c *session) line() (string, bool) {
	text, err := c.in.ReadString('\n')
	return strings.TrimRight(text, "\r\n"), err == nil
}

// step answers one command; false ends the conversation.
func (c *session) step() bool {
	line, ok := c.line()
	if !ok {
		return false
	}
	verb, rest, _ := strings.Cut(line, " ")
	verb = strings.ToUpper(verb)
	command := verb
	if verb == "RCPT" {
		command += " " + between(rest)
	}
	if line := c.s.answer(command); line == HangUp {
		return false
	} else if line != "" {
		c.say(line)
		return !strings.HasPrefix(line, "421")
	}
	switch verb {
	case "EHLO", "HELO":
		c.hello()
	case "STARTTLS":
		return c.startTLS()
	case "AUTH":
		return c.auth(rest)
	case "MAIL":
		c.from(rest)
	case "RCPT":
		c.mail.To = append(c.mail.To, between(rest))
		c.say("250 ok")
	case "DATA":
		if len(c.mail.To) == 0 {
			c.say("554 no valid recipients")
			return true
		}
		return c.data()
	case "RSET", "NOOP":
		c.say("250 ok")
	case "QUIT":
		c.say("221 bye")
		return false
	default:
		c.say("500 unknown command")
	}
	return true
}

func (c *session) hello() {
	c.say("250-sandbox")
	if c.s.TLS != nil && !c.mail.Secure {
		c.say("250-STARTTLS")
	}
	if c.s.User != "" && (c.mail.Secure || c.s.TLS == nil) {
		mechanisms := c.s.Mechanisms
		if mechanisms == "" {
			mechanisms = "PLAIN LOGIN"
		}
		c.say("250-AUTH " + mechanisms)
	}
	c.say("250 8BITMIME")
}

func (c *session) startTLS() bool {
	c.say("220 go on")
	secure := tls.Server(c.conn, c.s.TLS)
	if secure.Handshake() != nil {
		return false
	}
	c.conn, c.in, c.mail.Secure = secure, bufio.NewReader(secure), true
	return true
}

// auth knows PLAIN and LOGIN.
func (c *session) auth(rest string) bool {
	mechanism, first, _ := strings.Cut(rest, " ")
	var user, password string
	switch strings.ToUpper(mechanism) {
	case "PLAIN":
		raw, _ := base64.StdEncoding.DecodeString(first)
		parts := strings.Split(string(raw), "\x00")
		if len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case "LOGIN":
		for i, prompt := range []string{"Username:", "Password:"} {
			c.say("334 " + base64.StdEncoding.EncodeToString([]byte(prompt)))
			line, ok := c.line()
			if !ok {
				return false
			}
			raw, _ := base64.StdEncoding.DecodeString(line)
			if i == 0 {
				user = string(raw)
			} else {
				password = string(raw)
			}
		}
	}
	if user != c.s.User || password != c.s.Password {
		c.say("535 wrong user or password")
		return true
	}
	c.mail.User = user
	c.say("235 welcome")
	return true
}

func (c *session) from(rest string) {
	switch {
	case c.s.User != "" && c.mail.User == "":
		c.say("530 sign in first")
	default:
		c.mail.From, c.mail.To = between(rest), nil
		c.say("250 ok")
	}
}

func (c *session) data() bool {
	c.say("354 go on")
	var text strings.Builder
	for {
		line, ok := c.line()
		if !ok {
			return false
		}
		if line == "." {
			break
		}
		text.WriteString(strings.TrimPrefix(line, ".") + "\n")
	}
	c.mail.Data = text.String()
	line := c.s.answer(".")
	if line == "" || line == HangUp {
		c.s.mu.Lock()
		c.s.mails = append(c.s.mails, c.mail)
		c.s.mu.Unlock()
	}
	switch line {
	case HangUp:
		return false
	case "":
		line = "250 taken"
	}
	c.say(line)
	return true
}

// between gives the address of FROM:<a@b> and its like.
func between(text string) string {
	_, rest, _ := strings.Cut(text, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}
