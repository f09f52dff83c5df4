package thread

import (
	"strings"

	"ineed-insales/storage"
)

// A Choice is a method of the shop that a word of the chat may stand for.
type Choice struct {
	ID     int64
	Title  string
	Pickup bool // of a delivery: the customer fetches the order
}

// Guess gives the method of the shop that a word of the chat probably means, for a person to
// confirm; 0 if none or several might be meant.
func Guess(u storage.Use, list []Choice) int64 {
	if len(list) == 1 {
		return list[0].ID
	}
	said := strings.ToLower(u.Type + " " + u.Title)
	for _, meant := range []func(Choice) bool{
		func(c Choice) bool { return u.Title != "" && strings.EqualFold(c.Title, u.Title) },
		func(c Choice) bool { return about(said, c) },
	} {
		if id := only(list, meant); id != 0 {
			return id
		}
	}
	return 0
}

// about reports whether a word and a method belong to one family.
func about(said string, c Choice) bool {
	title := strings.ToLower(c.Title)
	if c.Pickup {
		title += " самовывоз"
	}
	for _, family := range [][]string{
		{"pickup", "самовывоз", "забер"}, {"courier", "delivery", "курьер", "доставк"},
		{"cash", "налич", "при получении"}, {"card", "online", "карт", "онлайн"}, {"sbp", "сбп", "быстрых платежей"},
	} {
		if anyIn(said, family) {
			return anyIn(title, family)
		}
	}
	return false
}

func anyIn(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// only gives the one choice that is meant; 0 if it is not one.
func only(list []Choice, meant func(Choice) bool) (id int64) {
	for _, c := range list {
		if meant(c) {
			if id != 0 {
				return 0
			}
			id = c.ID
		}
	}
	return id
}
