package api

import "time"

// A Token is by what a program uses the API, without its secret.
type Token struct {
	ID     int64      `json:"id,omitempty"` // absent of that of the environment, which nobody can revoke here
	Name   string     `json:"name"`
	Right  string     `json:"right"` // read, all
	MadeBy string     `json:"made_by,omitempty"`
	MadeAt *time.Time `json:"made_at"` // null = it is that of the environment
	UsedAt *time.Time `json:"used_at"` // to a minute; null = never, or it is not known
}

// A NewToken is what is said of a token that is to be made.
type NewToken struct {
	Name  string `json:"name"`
	Right string `json:"right"`
}

// A MadeToken is a token that was just made. Its secret is given this once.
type MadeToken struct {
	Token
	Secret string `json:"token"`
}
