package bridge

import (
	"slices"

	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// A Door is how a company's chat proves itself.
type Door struct {
	Chat   storage.Chat
	Known  bool // there is such a company; else Chat has a secret that nobody knows
	Sealed bool // our own secrets cannot be read
}

// Door gives a company's, at the same cost whether there is such a company. The
// other settings, whose copying would tell a large company from a small one, are
// left alone.
func (b *Bridge) Door(company string) Door {
	b.mu.Lock()
	m, known := b.members[company]
	b.mu.Unlock()
	if !known {
		chat := b.nobody
		chat.Secrets = slices.Clone(chat.Secrets)
		return Door{Chat: chat}
	}
	d := Door{Known: true}
	d.Chat, d.Sealed = m.ChatSettings()
	return d
}

// nobody stands for the chats of all companies that do not exist.
func nobody() storage.Chat {
	return storage.Chat{Auth: storage.AuthSignature, Secrets: []storage.Secret{storage.Secret(ineedchat.NewSecret())}}
}
