package translate

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
)

// The keys of a create request that an order can do without, because what they say
// stands elsewhere, too: the parts of an address in its text, the surname in the name.
const (
	keyZip, keyCity, keyStreet, keyHouse, keyFlat = "zip", "city", "street", "house", "flat"

	keyCountry, keyLocality = "country", "full_locality_name"
	keySurname, keyMiddle   = "surname", "middlename"
	keyConsent              = "consent_to_personal_data"
)

// unknownKey is how a shop refuses a key that it does not know. The first form is
// InSales' own, seen for product[variants_attributes]; the others are what Rails
// writes. That nested keys of an order are refused like this is inferred: nobody has
// seen it, and none of the keys that we write was ever seen refused.
var unknownKey = regexp.MustCompile(`(?i)(?:undefined|unknown|unpermitted) (?:keys?|attributes?|parameters?)\b(.*)`)

// keyName is a key as such a message names it.
var keyName = regexp.MustCompile(`\b[a-z_]+\b`)

// RefusedKeys gives the keys of a request that the shop's answer refuses by name and
// that the order can do without. Only a 422 counts: with it the shop certainly has not
// created the order, so sending it once more is no second order.
func RefusedKeys(asked *insales.NewOrder, answer *insales.Error) []string {
	if answer == nil || answer.Status != http.StatusUnprocessableEntity {
		return nil
	}
	var keys []string
	sent := optionalKeys(asked)
	for _, message := range answer.Messages {
		found := unknownKey.FindStringSubmatch(message)
		if found == nil {
			continue
		}
		for _, name := range keyName.FindAllString(found[1], -1) {
			if value := sent[name]; value != nil && *value != "" && !slices.Contains(keys, name) {
				keys = append(keys, name)
			}
		}
		if asked.Client.Consent && strings.Contains(found[1], keyConsent) && !slices.Contains(keys, keyConsent) {
			keys = append(keys, keyConsent)
		}
	}
	return keys
}

// optionalKeys gives the values of the keys that an order can do without.
func optionalKeys(r *insales.NewOrder) map[string]*string {
	a, c := &r.ShippingAddress, &r.Client
	return map[string]*string{
		keyCountry: &a.Country, keyLocality: &a.Locality, keyCity: &a.City, keyZip: &a.Zip, keyStreet: &a.Street,
		keyHouse: &a.House, keyFlat: &a.Flat, keySurname: &c.Surname, keyMiddle: &c.Middle,
	}
}

// leaveOut takes the keys that the shop has refused out of a request, and puts what
// they said where the shop keeps it.
func leaveOut(r *insales.NewOrder, keys []string, a ineedchat.Address) {
	if len(keys) == 0 {
		return
	}
	name := []string{r.Client.Name}
	for _, key := range []string{keyMiddle, keySurname} {
		if value := *optionalKeys(r)[key]; slices.Contains(keys, key) && value != "" {
			name = append(name, value)
		}
	}
	r.Client.Name = strings.Join(name, " ")
	if r.ShippingAddress.Address != "" && a != (ineedchat.Address{}) {
		r.ShippingAddress.Address = addressText(a, keys)
	}
	for key, value := range optionalKeys(r) {
		if slices.Contains(keys, key) {
			*value = ""
		}
	}
	r.Client.Consent = r.Client.Consent && !slices.Contains(keys, keyConsent)
}
