package insalestest

import (
	"slices"
)

// A Status is a custom status.
type Status struct {
	Permalink string
	Title     string
	System    string // the fulfillment_status it belongs to
	Default   bool   // of its system status
	Color     string // "" = "#DC5F59"
}

// systemStatuses are the values of fulfillment_status with their titles. Shops
// without custom statuses have these, with permalinks as old shops have them.
var systemStatuses = []Status{
	{Permalink: "new", Title: "Новый", System: "new", Default: true},
	{Permalink: "accepted", Title: "В обработке", System: "accepted", Default: true},
	{Permalink: "approved", Title: "Согласован", System: "approved", Default: true},
	{Permalink: "dispatched", Title: "Отгружен", System: "dispatched", Default: true},
	{Permalink: "delivered", Title: "Доставлен", System: "delivered", Default: true},
	{Permalink: "declined", Title: "Отменен", System: "declined", Default: true},
	{Permalink: "returned", Title: "Возврат", System: "returned", Default: true},
}

// systemStatus finds a value of fulfillment_status.
func systemStatus(name string) (Status, bool) {
	i := slices.IndexFunc(systemStatuses, func(st Status) bool { return st.System == name })
	if i < 0 {
		return Status{}, false
	}
	return systemStatuses[i], true
}

var statusShape = leaves("system_status", "title", "color", "position", "is_default")

// AddStatus adds or replaces a custom status.
func (s *Shop) AddStatus(st Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.putStatus(st)
}

func (st Status) key() any { return st.Permalink }

// putStatus keeps one default for each system status, and shows the status in
// its orders as it now is. That does not move their updated_at; whether it does
// in InSales is not known.
func (s *Shop) putStatus(st Status) *row[Status] {
	r := s.statuses.put(st, s.birth())
	if r.extra["id"] == nil {
		s.lastStatus++
		r.extra["id"] = s.lastStatus
	}
	for i := range s.statuses {
		if other := &s.statuses[i].v; st.Default && other.System == st.System && other.Permalink != st.Permalink {
			other.Default = false
		}
	}
	for id, o := range s.orders.byID {
		if o.custom.Permalink == st.Permalink && o.custom != st {
			o = o.clone()
			o.custom, o.fulfillment = st, st.System
			s.orders.byID[id] = o
		}
	}
	return r
}

// status finds what an order may be given by permalink.
func (s *Shop) status(permalink string) (Status, bool) {
	if s.conf.NoCustomStatuses {
		return systemStatus(permalink)
	}
	return s.statuses.get(permalink)
}

// defaultStatus is the custom status an order gets with a system status.
func (s *Shop) defaultStatus(system string) (Status, bool) {
	if s.conf.NoCustomStatuses {
		return systemStatus(system)
	}
	return s.statuses.find(func(st Status) bool { return st.System == system && st.Default })
}

// withStatuses answers for a shop that has no custom statuses. That the calls
// then fail is inferred, with which code is not known.
func withStatuses(serve func(*Shop, *call) answer) func(*Shop, *call) answer {
	return func(s *Shop, c *call) answer {
		if s.conf.NoCustomStatuses {
			return notFound()
		}
		return serve(s, c)
	}
}

// cover makes a default status for each system one that has none. InSales says
// that listing may do so.
func (s *Shop) cover() {
	for _, system := range systemStatuses {
		if _, covered := s.defaultStatus(system.System); covered {
			continue
		}
		if i := s.statuses.index(func(st Status) bool { return st.System == system.System }); i >= 0 {
			s.statuses[i].v.Default = true
			continue
		}
		system.Permalink = s.freeStatus(system.Title)
		s.putStatus(system)
	}
}

// freeStatus makes the permalink of a new status of its title, as InSales does in
// the documents that we have seen.
func (s *Shop) freeStatus(title string) string {
	return freePermalink(title, func(link string) bool { return s.statuses.where(link) >= 0 })
}

// listStatuses serves GET /admin/custom_statuses.json.
func (s *Shop) listStatuses(*call) answer {
	s.cover()
	return s.statuses.showAll(s.statusJSON)
}

// showStatus serves GET /admin/custom_statuses/{permalink}.json. One that is not there
// is answered with 200 (seen in 2026); that it is a null is inferred.
func (s *Shop) showStatus(c *call) answer {
	if s.statuses.where(c.id) < 0 {
		return ok(nil)
	}
	return showOne(s.statuses.where(c.id), s.statusJSON)
}

// createStatus serves POST /admin/custom_statuses.json. In InSales' own example
// the first status of a shop is not the default one, so it has one before.
func (s *Shop) createStatus(c *call) answer {
	a, refused := s.attrs(c, "custom_status", statusShape)
	if a == nil {
		return refused
	}
	s.cover()
	st := Status{Permalink: s.freeStatus(a.plain("title"))}
	if bad := s.writeStatus(a, st); len(bad) > 0 {
		return bad.answer()
	}
	return created(s.statusJSON(s.statuses.where(st.Permalink)))
}

// updateStatus serves PUT /admin/custom_statuses/{permalink}.json. The
// permalink stays, whatever becomes of the title.
func (s *Shop) updateStatus(c *call) answer {
	st, found := s.statuses.get(c.id)
	if !found {
		return notFound()
	}
	a, refused := s.attrs(c, "custom_status", statusShape)
	if a == nil {
		return refused
	}
	if bad := s.writeStatus(a, st); len(bad) > 0 {
		return bad.answer()
	}
	return done()
}

// writeStatus works attributes into a status, known or new. Any colour is
// taken, although the admin offers sixteen.
func (s *Shop) writeStatus(a attrs, st Status) invalid {
	bad := invalid{}
	a.set("title", &st.Title)
	a.set("system_status", &st.System)
	a.set("color", &st.Color)
	a.setFlag("is_default", &st.Default)
	if st.Title == "" {
		bad.add("title", "не может быть пустым")
	}
	if _, found := systemStatus(st.System); !found {
		bad.add("system_status", "имеет неверное значение")
	}
	if len(bad) > 0 {
		return bad
	}
	known := s.statuses.where(st.Permalink) >= 0
	r := s.putStatus(st)
	if r.updatedAt = s.now(); !known {
		r.createdAt = r.updatedAt
	}
	if a.given("position") {
		s.statuses.move(s.statuses.where(st.Permalink), int(a.id("position")))
	}
	return nil
}

// deleteStatus serves DELETE. Whether a status with orders can be deleted is
// not known; here they keep it.
func (s *Shop) deleteStatus(c *call) answer {
	if !s.statuses.remove(c.id) {
		return notFound()
	}
	return done()
}

func (s *Shop) statusJSON(i int) object {
	r := s.statuses[i]
	color := r.v.Color
	def(&color, "#DC5F59")
	return object{
		"color": color, "created_at": s.stampMS(r.createdAt), "id": r.extra["id"],
		"is_default": r.v.Default, "permalink": r.v.Permalink, "position": r.position,
		"system_status": r.v.System, "updated_at": s.stampMS(r.updatedAt), "title": r.v.Title,
	}
}

// customStatus is how an order names its status.
func (s *Shop) customStatus(o *order) object {
	st := o.custom
	if s.conf.NoCustomStatuses {
		st, _ = systemStatus(o.fulfillment)
	}
	return object{"permalink": st.Permalink, "title": st.Title}
}
