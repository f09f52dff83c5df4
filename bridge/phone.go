package bridge

import "github.com/nyaruka/phonenumbers"

// normalPhone gives a phone in the form +79991234567, from any notation that is
// common in Russia or has a country code of its own. It is false for what is no
// phone number, and for one with an extension, which that form has no place
// for: those go to the shop as they were typed.
func normalPhone(typed string) (string, bool) {
	if len(typed) > 64 {
		return "", false
	}
	n, err := phonenumbers.Parse(typed, "RU")
	if err != nil || !phonenumbers.IsValidNumber(n) || n.GetExtension() != "" {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}
