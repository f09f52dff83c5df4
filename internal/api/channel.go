package api

import "time"

// A Channel is a way to tell people that something is wrong, in both directions: as
// for a company, what GET gives may be PUT back.
type Channel struct {
	Kind     string `json:"kind,omitempty"`
	Enabled  bool   `json:"enabled"`
	Language string `json:"language"` // ru or en; ru if it is empty
	Weekly   bool   `json:"weekly"`   // it is sent the summary of each week, too
	Address  string `json:"address"`
	Security string `json:"security"` // email: starttls or tls
	User     string `json:"user"`
	From     string `json:"from"`
	To       string `json:"to"`
	Secret   string `json:"secret"` // never given back
	Proxy    string `json:"proxy"`  // likewise: it may hold a password

	// From here on it is only the server who says it.
	Waiting  int                `json:"waiting"` // messages that it has not taken yet
	SentAt   *time.Time         `json:"sent_at"`
	FailedAt *time.Time         `json:"failed_at"` // null = the last try went well
	Problem  *Problem           `json:"problem"`
	Refused  []RefusedRecipient `json:"refused"` // recipients of mail that the server does not take
}

// A BotChat is where the bot of a channel can write to.
type BotChat struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Kind  string `json:"kind"` // private, group or channel; "" = not known
}

// A RefusedRecipient is a recipient whom others are told without.
type RefusedRecipient struct {
	Address string    `json:"address"`
	Status  int       `json:"status"`
	Message string    `json:"message"` // the mail server's words
	At      time.Time `json:"at"`
}
