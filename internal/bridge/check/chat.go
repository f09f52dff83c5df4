package check

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// The other half of a check is the chat. It cannot be asked anything: what is known of it is
// what it has sent, how that was signed, and how it takes the statuses that it is told. Nobody
// is asked for that, so this half is there also while the shop does not answer.

// What is checked of the chat, behind what is checked of the shop.
const (
	checkChatHeard    CheckName = "chat_heard"    // at, kind: what has come last
	checkChatProof    CheckName = "chat_proof"    // auth: whether it proves who has sent it
	checkChatClock    CheckName = "chat_clock"    // ahead or behind: seconds
	CheckChatRead     CheckName = "chat_read"     // format: whether what comes becomes orders
	checkChatStatuses CheckName = "chat_statuses" // at: when one was taken last
)

// OfChat reports whether what is checked is the chat and not the shop.
func (n CheckName) OfChat() bool { return strings.HasPrefix(string(n), "chat_") }

// Unheard reports whether nothing that was believed has ever come from the chat.
func (r Report) Unheard() bool {
	for _, f := range r.Findings {
		if f.Name == checkChatHeard {
			return f.Result == resultUnprobed
		}
	}
	return false
}

// clockOff is from which point on a person should hear of a clock. At five minutes messages are
// not believed any more.
const clockOff = time.Minute

// clockSame is from which point on it is worth a word. The time is signed in whole seconds.
const clockSame = 2 * time.Second

// chatFacts is all that is known of a chat.
type chatFacts struct {
	heard      order.Heard
	unbelieved order.Unbelieved
	told       order.Told
	unread     storage.UnreadCount
	refused    storage.RefusalCount
}

// chatFacts gathers what is known of the company's chat.
func (i *Inspector) chatFacts(ctx context.Context, c storage.Company) (f chatFacts, err error) {
	f.unbelieved, _ = i.desk.Unbelieved()
	for _, know := range []func() error{
		func() (err error) { f.heard, err = i.desk.Heard(ctx); return err },
		func() (err error) { f.told, err = i.desk.Told(ctx); return err },
		func() (err error) { f.unread, err = i.company.Store.UnreadCount(ctx, c.ID); return err },
		func() (err error) { f.refused, err = i.desk.RefusalCount(ctx); return err },
	} {
		if err := know(); err != nil {
			return f, fmt.Errorf("check the chat of company %s: %w", c.ID, err)
		}
	}
	return f, nil
}

// A chatFindings list grows while what is known of one company's chat is judged.
type chatFindings struct {
	findings
	chat chatFacts
}

// judgeChat says what is known of the chat. It is pure.
func judgeChat(c storage.Company, f chatFacts) []Finding {
	l := &chatFindings{findings: findings{c: c}, chat: f}
	l.heard()
	l.proof()
	l.clock()
	l.read()
	l.statuses()
	return l.list
}

// stamp is a time as an argument; "" if it never was.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// unheard notes that a thing will be seen with the first message.
func (l *chatFindings) unheard(name CheckName, args ...string) {
	l.add(name, resultUnprobed, "", storage.Problem{Code: problem.NoticeChatUnheard}, args...)
}

// heard tells what has come last.
func (l *chatFindings) heard() {
	h := l.chat.heard
	if h.At.IsZero() {
		l.unheard(checkChatHeard)
		return
	}
	if h.Kind == order.HeardUnread && l.chat.unread.N == 0 { // it was read meanwhile, or removed
		h.Kind = ""
	}
	l.works(checkChatHeard, "at", stamp(h.At), "kind", h.Kind)
}

// proof tells whether what comes proves to be the chat's. A message that has the form of the
// chat's and is wrong is an error only if there were several: anybody can send one.
func (l *chatFindings) proof() {
	u, auth := l.chat.unbelieved, []string{"auth", l.c.Chat.Auth}
	last, signed := u.Signed, true
	if last.Count == 0 || last.Skew != 0 { // rightly signed, at another time
		last, signed = u.Unsigned, false
	}
	if last.Count == 0 || !last.At.After(l.chat.heard.At) {
		if l.chat.heard.At.IsZero() && u.Signed.Skew == 0 {
			l.unheard(checkChatProof, auth...)
		} else {
			l.works(checkChatProof, auth...)
		}
		return
	}
	code, result := problem.ChatUnsigned, ResultRemark
	if signed {
		code = problem.ChatUnproven
		if last.Count >= order.DisbeliefsTold {
			result = ResultFailed
		}
	}
	l.add(checkChatProof, result, "chat", problem.Of(code, "n", strconv.Itoa(last.Count),
		"at", stamp(last.At), "refusal", last.Reason), auth...)
}

// signsTime reports whether what a chat sends tells when it was signed.
func signsTime(c storage.Chat) bool {
	return c.Auth == storage.AuthSignature || c.Auth == storage.AuthHMAC && c.HMAC.TimestampHeader != ""
}

// clock tells how far the chat's clock is from ours, if its messages say so.
func (l *chatFindings) clock() {
	off, result := time.Duration(0), ResultWorks
	switch h, wrong := l.chat.heard, l.chat.unbelieved.Signed; {
	case wrong.Skew != 0 && wrong.At.After(h.At):
		off, result = wrong.Skew, ResultFailed
	case h.Ahead != nil:
		if off = *h.Ahead; off.Abs() >= clockOff {
			result = ResultRemark
		}
	case h.At.IsZero():
		l.unheard(checkChatClock)
		return
	case signsTime(l.c.Chat): // what was kept over a restart does not tell it
		l.add(checkChatClock, resultUnprobed, "", storage.Problem{Code: problem.NoticeChatClockNext})
		return
	default:
		l.add(checkChatClock, resultUnprobed, "", storage.Problem{Code: problem.NoticeChatNoClock})
		return
	}
	args := []string{"ahead", "", "behind", ""}
	switch seconds := strconv.Itoa(int(off.Abs() / time.Second)); {
	case off >= clockSame:
		args[1] = seconds
	case off <= -clockSame:
		args[3] = seconds
	}
	switch result {
	case ResultWorks:
		l.works(checkChatClock, args...)
	case ResultFailed:
		l.add(checkChatClock, result, "", storage.Problem{Code: problem.ChatClockWrong}, args...)
	default:
		l.add(checkChatClock, result, "", storage.Problem{Code: problem.NoticeChatClockOff}, args...)
	}
}

// read tells whether what the chat sends becomes orders.
func (l *chatFindings) read() {
	format := []string{"format", storage.PresetContract}
	if w := l.c.Chat.Wire; w.Translates() {
		format[1] = w.Preset
		if w.Receive != "" || len(w.Fields) > 0 {
			format[1] = "own"
		}
	}
	unread, refused := order.UnreadProblem(l.chat.unread), order.RefusalProblem(l.chat.refused)
	switch {
	case unread != nil:
		l.add(CheckChatRead, ResultFailed, "chat.wire", *unread, format...)
	case refused != nil:
		l.add(CheckChatRead, ResultFailed, "chat", *refused, format...)
	case l.chat.heard.At.IsZero() || format[1] == storage.PresetLearn: // or nothing could have become one
		l.unheard(CheckChatRead, format...)
	case l.chat.heard.Kind == order.HeardRefused: // a person has looked at it
		l.add(CheckChatRead, ResultRemark, "chat", *order.DeliveriesRefused(1, l.chat.heard.At), format...)
	default:
		l.works(CheckChatRead, format...)
	}
}

// statuses tells whether the chat takes the statuses of its orders. One that is not taken is
// an error while it is the last; one that a person has to see to is a remark.
func (l *chatFindings) statuses() {
	t := l.chat.told
	args := []string{"at", stamp(t.TakenAt)}
	switch {
	case l.c.ChatFault != nil:
		l.add(checkChatStatuses, ResultFailed, "chat.token", *l.c.ChatFault, args...)
	case t.Silent:
		l.add(checkChatStatuses, resultUnprobed, "", storage.Problem{Code: problem.NoticeChatSilent}, args...)
	case t.Nowhere:
		l.add(checkChatStatuses, ResultRemark, "chat.url", storage.Problem{Code: problem.NoticeChatNowhere}, args...)
	case t.Problem != nil && !t.FailedAt.Before(t.TakenAt):
		result := ResultFailed
		if t.Parked {
			result = ResultRemark
		}
		l.add(checkChatStatuses, result, "chat", *t.Problem, args...)
	case t.TakenAt.IsZero():
		l.add(checkChatStatuses, resultUnprobed, "", storage.Problem{Code: problem.NoticeChatUntold}, args...)
	default:
		l.works(checkChatStatuses, args...)
	}
}
