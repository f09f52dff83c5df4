package insalestest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// A Field is a field of the checkout. That an order without an obligatory and
// active one is refused over the API is inferred, so it is a switch:
// Switches.EnforceFields.
type Field struct {
	ID         int64
	Destiny    Destiny
	Title      string // office_title
	Handle     string
	SystemName string // name, surname, email, city, …; "" = the shop's own field
	Type       string // Field::TextField, …
	Label      string // how orders name the type; "" = by the type, «Текст»
	Obligatory bool
	Inactive   bool
	Options    []string // of a Field::Select
}

// A Destiny is what a field belongs to.
type Destiny int

// The destinies of fields.
const (
	destinyAddress   Destiny = 1
	DestinyClient    Destiny = 2 // a natural person
	DestinyOrder     Destiny = 3
	destinyLine      Destiny = 4
	destinyJuridical Destiny = 5
	destinyRecipient Destiny = 6
)

// The types of fields that can be created; others belong to system fields.
const (
	fieldText     = "Field::TextField"
	fieldTextArea = "Field::TextArea"
	fieldCheckbox = "Field::Checkbox"
	fieldSelect   = "Field::Select"
)

// label is how an order names the type of a value.
func (f Field) label() string {
	if f.Label != "" {
		return f.Label
	}
	switch f.Type {
	case fieldTextArea:
		return "Многострочный текст"
	case fieldCheckbox:
		return "Чекбокс"
	case fieldSelect:
		return "Выпадающий список"
	default:
		return "Текст"
	}
}

// fieldNames are the attributes the shop keeps and has no use for.
var fieldNames = []string{
	"title", "for_buyer", "show_in_result", "show_in_checkout", "is_indexed", "hide_in_backoffice", "example",
}

// How options of a Select are written is not known; both spellings are taken.
var fieldShape = leaves(append([]string{
	"type", "office_title", "destiny", "handle", "obligatory", "active", "position",
}, fieldNames...)...).with("field_options", leaves("value", "position")).
	with("field_options_attributes", leaves("id", "_destroy", "value", "position"))

// AddField adds or replaces a checkout field.
func (s *Shop) AddField(f Field) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fields.put(f, s.birth())
}

func (f Field) key() any { return f.ID }

// listFields serves GET /admin/fields.json.
func (s *Shop) listFields(*call) answer { return s.fields.showAll(s.fieldJSON) }

// showField serves GET /admin/fields/{id}.json.
func (s *Shop) showField(c *call) answer {
	return showOne(s.fields.where(parseID(c.id)), s.fieldJSON)
}

// createField serves POST /admin/fields.json.
func (s *Shop) createField(c *call) answer { return s.writeField(c, Field{ID: s.nextID()}) }

// updateField serves PUT /admin/fields/{id}.json. Whether it answers the field
// or nothing is not known; here the field.
func (s *Shop) updateField(c *call) answer {
	f, found := s.fields.get(parseID(c.id))
	if !found {
		return notFound()
	}
	return s.writeField(c, f)
}

// writeField works the request into a field, known or new, and answers it. That
// a handle can be there once only is inferred.
func (s *Shop) writeField(c *call, f Field) answer {
	a, refused := s.attrs(c, "field", fieldShape)
	if a == nil {
		return refused
	}
	bad := invalid{}
	a.set("office_title", &f.Title)
	a.set("type", &f.Type)
	a.set("handle", &f.Handle)
	a.setFlag("obligatory", &f.Obligatory)
	if a.given("active") {
		f.Inactive = !a.flag("active")
	}
	if a.given("destiny") {
		f.Destiny = Destiny(a.id("destiny"))
	}
	for _, options := range []string{"field_options", "field_options_attributes"} {
		if a.given(options) {
			f.Options = nil
		}
		for _, o := range a.list(options) {
			f.Options = append(f.Options, o.plain("value"))
		}
	}
	s.checkField(f, bad)
	if len(bad) > 0 {
		return bad.answer()
	}
	return s.fields.save(f, s.now(), a, fieldNames, s.fieldJSON)
}

// checkField collects what is wrong with a field.
func (s *Shop) checkField(f Field, bad invalid) {
	if f.Title == "" {
		bad.add("office_title", "не может быть пустым")
	}
	if !strings.HasPrefix(f.Type, "Field::") {
		bad.add("type", "имеет неверное значение")
	}
	if f.Destiny < destinyAddress || f.Destiny > destinyRecipient {
		bad.add("destiny", "имеет неверное значение")
	}
	twin := func(other Field) bool { return other.ID != f.ID && other.Handle == f.Handle }
	if f.Handle != "" && s.fields.index(twin) >= 0 {
		bad.add("handle", "уже существует")
	}
}

// deleteField serves DELETE. Values of the field stay. Whether a system field
// can be deleted is not known; here it can.
func (s *Shop) deleteField(c *call) answer {
	if !s.fields.remove(parseID(c.id)) {
		return notFound()
	}
	return done()
}

// fieldJSON is formField with what only the list has: the options.
func (s *Shop) fieldJSON(i int) object {
	r := s.fields[i]
	o := s.formField(r.v, r.createdAt, r.updatedAt)
	o["position"] = r.position
	maps.Copy(o, r.extra)
	options := []object{}
	for n, value := range r.v.Options {
		options = append(options, object{"id": r.v.ID*100 + int64(n), "position": n + 1, "value": value})
	}
	o["field_options"] = options
	return o
}

// formField is a checkout field, as it stands alone and inside of addresses.
func (s *Shop) formField(f Field, createdAt, updatedAt time.Time) object {
	return object{
		"id": f.ID, "destiny": f.Destiny, "position": 1, "office_title": f.Title, "for_buyer": true,
		"obligatory": f.Obligatory || s.conf.AllObligatory, "active": !f.Inactive, "system_name": null(f.SystemName),
		"created_at": s.stampMS(createdAt), "updated_at": s.stampMS(updatedAt), "show_in_result": true,
		"show_in_checkout": true, "is_indexed": nil, "hide_in_backoffice": nil, "handle": null(f.Handle),
		"title": nil, "example": nil, "type": f.Type,
	}
}

// A fieldValue is what somebody filled in.
type fieldValue struct {
	id                   int64
	field                Field
	value                *string
	createdAt, updatedAt time.Time
}

// fieldValuesShape is the same for orders, clients and addresses. That an
// address takes values too is inferred from the values it shows.
var fieldValuesShape = leaves("id", "_destroy", "field_id", "handle", "value")

// fill works fields_values_attributes into values: by the id of a value, or by
// the field's id or handle.
func (s *Shop) fill(values []fieldValue, list []attrs, bad invalid) []fieldValue {
	values = slices.Clone(values)
	for _, a := range list {
		i := slices.IndexFunc(values, func(v fieldValue) bool { return v.fits(a) })
		if a.flag("_destroy") && i >= 0 {
			values = slices.Delete(values, i, i+1)
			continue
		}
		if i < 0 {
			f, found := s.fields.find(func(f Field) bool {
				return f.ID == a.id("field_id") || (f.Handle != "" && f.Handle == a.plain("handle"))
			})
			if !found {
				bad.add("fields_values", "поле не найдено")
				continue
			}
			i = len(values)
			values = append(values, fieldValue{id: s.nextID(), field: f, createdAt: s.now()})
		}
		values[i].value, values[i].updatedAt = a.checked("value"), s.now()
	}
	return values
}

// fits reports whether the attributes mean this value.
func (v fieldValue) fits(a attrs) bool {
	if a.given("id") {
		return v.id == a.id("id")
	}
	return v.field.ID == a.id("field_id") || (v.field.Handle != "" && v.field.Handle == a.plain("handle"))
}

func (s *Shop) fieldsJSON(values []fieldValue) []object {
	list := []object{}
	for _, v := range values {
		list = append(list, object{
			"id": v.id, "field_id": v.field.ID, "value": v.value, "created_at": s.stamp(v.createdAt),
			"updated_at": s.stamp(v.updatedAt), "type": v.field.label(), "name": v.field.Title,
			"handle": null(v.field.Handle),
		})
	}
	return list
}
