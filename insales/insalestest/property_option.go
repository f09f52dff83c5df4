package insalestest

import "strconv"

// A vocabulary is a dictionary whose entries have values: the properties of products with their
// characteristics, or the options of variants. InSales makes an entry when a
// product first brings its title.
type vocabulary struct {
	first, firstValue int64 // ids
	terms             []*term
	byTitle           map[string]*term
	values            int
}

// A term is an entry.
type term struct {
	id               int64
	title, permalink string
	values           []termValue
	byTitle          map[string]int
}

type termValue struct {
	id               int64
	title, permalink string
}

// term finds an entry, or makes it.
func (l *vocabulary) term(title string) *term {
	if t := l.byTitle[title]; t != nil {
		return t
	}
	if l.byTitle == nil {
		l.byTitle = map[string]*term{}
	}
	t := &term{
		id: l.first + 4*int64(len(l.terms)), title: title, byTitle: map[string]int{},
		permalink: freePermalink(title, func(link string) bool { return l.taken(link) }),
	}
	l.terms, l.byTitle[title] = append(l.terms, t), t
	return t
}

func (l *vocabulary) taken(link string) bool {
	for _, t := range l.terms {
		if t.permalink == link {
			return true
		}
	}
	return false
}

// value finds the value of an entry, or makes it, and tells its place.
func (l *vocabulary) value(title, value string) (*term, int) {
	t := l.term(title)
	i, known := t.byTitle[value]
	if !known {
		i = len(t.values)
		t.byTitle[value] = i
		link := permalink(value)
		def(&link, "znachenie-"+strconv.Itoa(i+1))
		t.values = append(t.values, termValue{id: l.firstValue + int64(l.values), title: value, permalink: link})
		l.values++
	}
	return t, i
}

// byID finds an entry by its id and tells its place.
func (l *vocabulary) byID(id int64) (*term, int) {
	for i, t := range l.terms {
		if t.id == id {
			return t, i
		}
	}
	return nil, -1
}

// listOptionNames serves GET /admin/option_names.json.
func (s *Shop) listOptionNames(*call) answer {
	list := []object{}
	for i, t := range s.options.terms {
		list = append(list, object{
			"id": t.id, "position": i + 1, "navigational": true, "permalink": t.permalink, "title": t.title,
		})
	}
	return ok(list)
}

// listOptionValues serves GET /admin/option_values.json. That a value names its
// position within its option is what products show.
func (s *Shop) listOptionValues(*call) answer {
	list := []object{}
	for _, t := range s.options.terms {
		for i, v := range t.values {
			list = append(list, object{
				"id": v.id, "option_name_id": t.id, "position": i + 1, "title": v.title, "image_url": nil,
			})
		}
	}
	return ok(list)
}

// listProperties serves GET /admin/properties.json.
func (s *Shop) listProperties(*call) answer {
	list := []object{}
	for i := range s.properties.terms {
		list = append(list, s.propertyJSON(i))
	}
	return ok(list)
}

// showProperty serves GET /admin/properties/{id}.json.
func (s *Shop) showProperty(c *call) answer {
	_, i := s.properties.byID(parseID(c.id))
	return showOne(i, s.propertyJSON)
}

func (s *Shop) propertyJSON(i int) object {
	t := s.properties.terms[i]
	return object{
		"id": t.id, "position": i + 1, "backoffice": false, "is_hidden": false, "is_navigational": true,
		"permalink": t.permalink, "title": t.title,
	}
}

// listCharacteristics serves GET /admin/properties/{id}/characteristics.json.
func (s *Shop) listCharacteristics(c *call) answer {
	t, _ := s.properties.byID(parseID(c.id))
	if t == nil {
		return notFound()
	}
	list := []object{}
	for i, v := range t.values {
		list = append(list, object{
			"id": v.id, "property_id": t.id, "position": i + 1, "title": v.title, "permalink": v.permalink,
		})
	}
	return ok(list)
}
