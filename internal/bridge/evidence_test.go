package bridge_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// lose has the next creates carried out and their answers lost.
func (w *world) lose(n int) {
	w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: n})
}

// once checks that each of these orders is in the shop once and is known so.
func (w *world) once(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		if n, o := len(w.live(id)), w.get(id); n != 1 || o.State != storage.StateSent {
			w.t.Errorf("%s is %d times in the shop and %s: %+v", id, n, o.State, o.Problem)
		}
	}
}

// What a list can show instead of what is there.
func lists() map[string][]insalestest.Rule {
	op := insalestest.OpOrders
	return map[string][]insalestest.Rule{
		"nothing":        {{Op: op, List: insalestest.NoRows}},
		"half of a page": {{Op: op, List: insalestest.FirstHalf}},
		"each second":    {{Op: op, List: insalestest.EverySecond}},
		"all but the last": {{Op: op, List: func(rows []json.RawMessage) []json.RawMessage {
			return rows[:max(len(rows)-1, 0)]
		}}},
		"an object":      {{Op: op, Status: 200, Body: "{}"}},
		"null":           {{Op: op, Status: 200, Body: "null"}},
		"a page of HTML": {{Op: op, Action: insalestest.HTML}},
		"nothing, counts none": {{Op: op, List: insalestest.NoRows},
			{Op: insalestest.OpOrdersCount, Status: 200, Body: `{"count":0}`}},
		"nothing, and forgets all": {{Op: op, List: insalestest.NoRows}, {Op: insalestest.OpOrder, Status: 404},
			{Op: insalestest.OpOrdersCount, Status: 200, Body: `{"count":0}`}},
		"backwards":                 {{Op: op, List: insalestest.Backwards}},
		"all, whatever is asked":    {{Op: op, Ignore: []string{"updated_since", "from_id"}}},
		"ids again":                 {{Op: op, Ignore: []string{"from_id"}}},
		"not what was in the trash": {{Op: op, Ignore: []string{"with_deleted"}}},
	}
}

// The answers of creates are lost while the list of orders does not show what is
// there: nothing is created twice, whether orders of ours were changed just before
// or an hour ago, and all is well again when the list is.
func TestListThatLacksOrders(t *testing.T) {
	t.Parallel()
	for name, rules := range lists() {
		for _, quiet := range []time.Duration{5 * time.Second, time.Hour} {
			t.Run(fmt.Sprintf("%s after %v", name, quiet), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t)
					w.many(5)
					w.each(5, w.shop.Touch)
					time.Sleep(quiet)
					for _, r := range rules {
						w.shop.Fault(r)
					}
					w.lose(3)
					w.accept(anOrder("A-1"))
					w.accept(anOrder("A-2"))
					w.accept(anOrder("A-3"))
					time.Sleep(130 * time.Second)
					w.shop.ClearFaults()
					w.untilState(10*time.Minute, "A-3", storage.StateSent)
					time.Sleep(10 * time.Minute)
					w.once("A-1", "A-2", "A-3", "G-0", "G-4")
					if p := w.problem(); p != "" {
						t.Errorf("alarm %q stays", p)
					}
				})
			})
		}
	}
}

// The very first orders of a company: of its own there is nothing that the list
// would have to show, but the shop counts more than none.
func TestListThatLacksTheFirstOrders(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		time.Sleep(time.Minute)
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, List: insalestest.NoRows})
		w.lose(3)
		for _, id := range []string{"A-1", "A-2", "A-3"} {
			w.accept(anOrder(id))
		}
		time.Sleep(130 * time.Second)
		f.Clear()
		time.Sleep(10 * time.Minute)
		w.once("A-1", "A-2", "A-3")
	})
}

// A list that comes right in the middle of a reading: what it lacked is seen by
// the requests that are to prove that nothing is lacking.
func TestListThatComesRightMeanwhile(t *testing.T) {
	t.Parallel()
	lies := map[string]func([]json.RawMessage) []json.RawMessage{
		"nothing":          insalestest.NoRows,
		"half of a page":   insalestest.FirstHalf,
		"all but the last": func(rows []json.RawMessage) []json.RawMessage { return rows[:max(len(rows)-1, 0)] },
	}
	creates := []insalestest.Rule{
		{Status: 504, CommitDelay: 49 * time.Second}, {Action: insalestest.ResetAfter}, {AnswerDelay: 90 * time.Second},
	}
	for name, lie := range lies {
		for i, create := range creates {
			t.Run(fmt.Sprintf("%s, create %d", name, i), func(t *testing.T) {
				for lists := 1; lists <= 12; lists++ {
					if lists != 5 && leftOut(lists) {
						continue
					}
					inBubble(t, func(t *testing.T) {
						w := newWorld(t)
						time.Sleep(time.Hour)
						lying := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, List: lie, Times: lists})
						create.Op, create.Times = insalestest.OpOrderCreate, 2
						w.shop.Fault(create)
						w.accept(anOrder("A-1"))
						w.accept(anOrder("A-2"))
						time.Sleep(time.Hour)
						w.once("A-1", "A-2")
						if p := w.problem(); p != "" || lying.Hits() != lists {
							t.Errorf("%d lists lie: alarm %q, %d of them asked for", lists, p, lying.Hits())
						}
					})
				}
			})
		}
	}
}

// A shop that contradicts itself for long: orders of which it is unclear whether
// they are there are not sent again; a person sees them, until the list does.
func TestListThatContradictsTheCount(t *testing.T) {
	t.Parallel()
	for name, rules := range lists() {
		if name == "nothing, and forgets all" {
			continue // what fits together is believed after a while: a shop can be emptied
		}
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.many(5)
				w.each(5, w.shop.Touch)
				time.Sleep(time.Hour)
				for _, r := range rules {
					w.shop.Fault(r)
				}
				w.lose(3)
				ids := []string{"A-1", "A-2", "A-3"}
				for _, id := range ids {
					w.accept(anOrder(id))
				}
				time.Sleep(40 * time.Minute)
				for _, id := range ids {
					if o := w.get(id); o.State == storage.StateAttention && o.Problem.Code != problem.NotProven {
						t.Errorf("%s: %+v", id, o.Problem)
					} else if len(w.live(id)) > 1 {
						t.Errorf("%s is sent twice", id)
					}
				}
				w.shop.ClearFaults()
				time.Sleep(20 * time.Minute)
				w.once("A-1", "A-2", "A-3", "G-0", "G-4")
				if p := w.problem(); p != "" {
					t.Errorf("alarm %q stays", p)
				}
			})
		})
	}
}

// A list that lacks what is there stops the sending with one alarm, and costs
// few requests however much it lacks. A new life does not believe it either.
func TestListThatLacksManyOrders(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.populate(600)
		for _, id := range ids {
			must(t, w.shop.SetStatus(id, "otgruzhen"))
		}
		w.until(10*time.Minute, "known", func() bool { return w.told(600, "delivering") == 600 })
		for _, id := range ids {
			must(t, w.shop.SetStatus(id, "novyy"))
		}
		w.until(10*time.Minute, "known", func() bool { return w.told(600, "new") == 600 })
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, List: insalestest.NoRows})
		before := w.shop.Count(insalestest.OpOrder)
		w.restart()
		w.until(10*time.Minute, "alarm", func() bool { return w.problem() == problem.FeedLacks })
		w.accept(anOrder("A-1"))
		time.Sleep(time.Hour)
		if len(w.live("A-1")) != 0 {
			t.Error("an order was sent although the list is not to be believed")
		}
		if n := w.shop.Count(insalestest.OpOrder) - before; n > 150 {
			t.Errorf("%d requests by id in an hour", n)
		}
		f.Clear()
		w.untilState(5*time.Minute, "A-1", storage.StateSent)
		w.until(time.Minute, "the alarm is over", func() bool { return w.problem() == "" })
		w.once("A-1")
	})
}

// A list that is late by some seconds, or for the time of one read, alarms nobody.
func TestListThatIsLate(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.many(5)
		for i := range 20 {
			w.each(5, w.shop.Touch)
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, List: insalestest.WithoutFirst, Times: 1 + i%3})
			time.Sleep(97 * time.Second)
			if p := w.problem(); p != "" {
				t.Fatalf("alarm %q", p)
			}
		}
	})
}

// Orders that are gone explain why they are not in the list, many as few, and
// hold nothing up: deleted for good, in a trash that the list does not show, or
// all that the shop had.
func TestListThatRightlyLacksOrders(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(*world, int64) error{
		"deleted": func(w *world, id int64) error { return w.shop.HardDelete(id) },
		"trashed": func(w *world, id int64) error { return w.shop.Trash(id) },
	} {
		for _, n := range []int{1, 5, 60} {
			t.Run(fmt.Sprintf("%d %s", n, name), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t)
					w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Ignore: []string{"with_deleted"}})
					w.many(n)
					w.each(n, w.shop.Touch)
					time.Sleep(70 * time.Second)
					w.each(n, func(id int64) error { return remove(w, id) })
					w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetBefore,
						Times: 1})
					w.accept(anOrder("A-1"))
					w.untilState(15*time.Minute, "A-1", storage.StateSent)
					w.once("A-1")
				})
			})
		}
	}
}

// An order that the list lacks and that can never be asked for holds up the
// others for a while, not for ever.
func TestListThatLacksWhatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	for _, r := range []insalestest.Rule{{Status: 500}, {Status: 502}, {Status: 200, Body: `{"id":"x"}`}} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t)
			w.many(5)
			w.each(5, w.shop.Touch)
			time.Sleep(70 * time.Second)
			id := w.live("G-2")[0].ID
			r.Op, r.Path = insalestest.OpOrder, fmt.Sprintf("/admin/orders/%d.", id)
			w.shop.Fault(r)
			must(t, w.shop.HardDelete(id))
			w.lose(1)
			w.accept(anOrder("A-1"))
			w.accept(anOrder("A-2"))
			w.untilState(15*time.Minute, "A-2", storage.StateSent)
			w.once("A-1", "A-2")
		})
	}
}

// The shop is restored from a backup: orders that were made since are lost there,
// and their ids are given to others. Each of the new is created once, none of the
// lost gets the fate of another, and they are not told cancelled all at once.
func TestShopRestoredFromABackup(t *testing.T) {
	t.Parallel()
	for _, lost := range []int{3, 40} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, hooked)
			w.many(2)
			w.untilHooks(2)
			restore := w.shop.Backup()
			time.Sleep(time.Hour)
			for i := range lost {
				w.accept(anOrder(fmt.Sprintf("L-%d", i)))
			}
			w.untilState(time.Minute, fmt.Sprintf("L-%d", lost-1), storage.StateSent)
			w.lose(1)
			blind := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Status: http.StatusBadGateway})
			w.accept(anOrder("A-0")) // lost with its answer, before it is found
			time.Sleep(2 * time.Second)
			restore()
			blind.Clear()
			w.untilState(15*time.Minute, "A-0", storage.StateSent)
			w.accept(anOrder("A-1"))
			w.untilState(15*time.Minute, "A-1", storage.StateSent)
			w.once("A-0", "A-1")
			must(t, w.shop.SetStatus(w.live("A-1")[0].ID, "otgruzhen"))
			w.until(5*time.Minute, "told", w.tells("A-1", "delivering"))
			time.Sleep(3 * time.Hour)
			cancelled := 0
			for i := range lost {
				if w.tells(fmt.Sprintf("L-%d", i), "delivering")() {
					t.Errorf("L-%d has the status of another order", i)
				}
				if w.tells(fmt.Sprintf("L-%d", i), "cancelled")() {
					cancelled++
				}
			}
			if cancelled > 20 {
				t.Errorf("%d were told cancelled", cancelled)
			}
			w.once("A-0", "A-1")
		})
	}
}

// A time that is wrong for a while freezes no order: the next change is told, and
// that of the order beside it.
func TestWrongTimes(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{
		"2099-01-01T00:00:00.000+03:00", "2000-01-02T00:00:00.000+03:00", "2999-12-31T23:59:59.000+03:00",
		"9999-12-31T23:59:59.000Z",
		"1971-01-01T00:00:00.000+03:00", "1970-01-01T00:00:00.000+00:00", "0001-01-01T00:00:00Z",
		"2000-01-01T03:00:00.000",
		"2000-01-01T03:00:00.000+14:00", "",
	} {
		t.Run(wrong, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, hooked)
				w.many(2)
				w.untilHooks(2)
				time.Sleep(time.Minute)
				id := w.live("G-0")[0].ID
				must(t, w.shop.Mangle(id, func(o map[string]any) { o["updated_at"] = wrong }))
				must(t, w.shop.SetStatus(id, "soglasovan"))
				time.Sleep(5 * time.Minute)
				must(t, w.shop.Mangle(id, nil))
				time.Sleep(3 * time.Minute)
				w.each(2, func(id int64) error { return w.shop.SetStatus(id, "otgruzhen") })
				w.until(5*time.Minute, "both are told", func() bool { return w.told(2, "delivering") == 2 })
				if p := w.problem(); p != "" {
					t.Errorf("alarm %q", p)
				}
			})
		})
	}
}

// What an older version stored of a wrong time is no obstacle.
func TestStoredFutureTime(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.many(2)
		w.stop()
		at := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
		w.withDB(func(db *sql.DB) error {
			_, err := db.Exec(fmt.Sprintf(`UPDATE orders SET seen_updated_at = %[1]d;
				UPDATE feeds SET position_since = %[1]d, floor_since = %[1]d, pass_begin = %[1]d, pass_since = %[1]d`,
				at))
			return err
		})
		w.start()
		time.Sleep(time.Minute)
		w.each(2, func(id int64) error { return w.shop.SetStatus(id, "otgruzhen") })
		w.until(3*time.Minute, "told", func() bool { return w.told(2, "delivering") == 2 })
		w.lose(1)
		w.accept(anOrder("A-1"))
		w.untilState(5*time.Minute, "A-1", storage.StateSent)
		w.once("A-1")
	})
}

// A single order of a wrong time, in the middle of many, hides none of those that
// stand behind it, from a tick or from a proof.
func TestFutureTimeAtTheEndOfAPage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.populate(600)
		must(t, w.shop.Mangle(ids[249], func(o map[string]any) { o["updated_at"] = "2099-01-01T00:00:00.000+03:00" }))
		time.Sleep(time.Hour)
		at := time.Now().Truncate(time.Second)
		for _, id := range ids {
			must(t, w.shop.SetStatus(id, "otgruzhen"))
			must(t, w.shop.SetUpdatedAt(id, at))
		}
		w.until(5*time.Minute, "all are told", func() bool { return w.told(600, "delivering") == 600 })
	})
}

// The shop's times go back, because its clock was corrected or all of it was
// restored: a state that is there when the order is asked for by its id, long
// after, is the truth.
func TestTimesThatGoBack(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, seldom)
		w.many(2)
		time.Sleep(2 * time.Hour)
		id := w.live("G-0")[0].ID
		must(t, w.shop.SetStatus(id, "otgruzhen"))
		w.until(20*time.Minute, "told", w.tells("G-0", "delivering"))
		back := time.Now().Add(-time.Hour)
		must(t, w.shop.SetStatus(id, "soglasovan"))
		must(t, w.shop.SetUpdatedAt(id, back))
		w.until(26*time.Hour, "found", w.tells("G-0", "assembling"))
	})
}

// The first answers of a shop bear a wrong date, the first order's answer is lost, and the
// shop shows its marker or not: it is there once, and if nobody can tell, a person decides.
func TestFirstDateThatLies(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-30 * 365 * 24 * time.Hour, -time.Hour, -20 * time.Second, 20 * time.Second,
		2 * time.Minute, time.Hour, 72 * time.Hour, 73 * 365 * 24 * time.Hour} {
		for _, hidden := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v, hidden %v", ahead, hidden), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t, with(switchedOff))
					w.turn(func(c *insalestest.Switches) { c.HideManagerComment = hidden })
					lie := w.shop.Fault(insalestest.Rule{Header: http.Header{
						"Date": {time.Now().Add(ahead).UTC().Format(http.TimeFormat)}}})
					w.save(settings())
					w.lose(1)
					w.accept(anOrder("A-1"))
					w.accept(anOrder("A-2")) // whose answer comes, so that the list can be believed
					time.Sleep(20 * time.Minute)
					lie.Clear()
					time.Sleep(time.Hour)
					for _, id := range []string{"A-1", "A-2"} {
						if n := len(w.live(id)); n != 1 {
							t.Errorf("%s is %d times in the shop: %+v", id, n, w.get(id))
						}
					}
				})
			})
		}
	}
}

// The Date of the shop's answers lies, once or for a while, forwards or back:
// orders go on, and their statuses.
func TestDateThatLies(t *testing.T) {
	t.Parallel()
	date := func(text string, times int) insalestest.Rule {
		return insalestest.Rule{Times: times, Header: http.Header{"Date": {text}}}
	}
	for _, text := range []string{"Thu, 01 Jan 2099 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
		"Thu, 01 Jan 1970 00:00:00 GMT",
		"Sat, 01 Jan 2000 06:00:00 GMT", "Fri, 31 Dec 1999 12:00:00 GMT", "soon", ""} {
		for _, times := range []int{1, 7, 0} {
			t.Run(fmt.Sprintf("%s, %d times", text, times), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t)
					w.many(2)
					time.Sleep(time.Minute)
					w.shop.Fault(date(text, times))
					w.each(2, func(id int64) error { return w.shop.SetStatus(id, "soglasovan") })
					time.Sleep(20 * time.Minute)
					w.shop.ClearFaults()
					time.Sleep(5 * time.Minute)
					w.each(2, func(id int64) error { return w.shop.SetStatus(id, "otgruzhen") })
					w.until(5*time.Minute, "told", func() bool { return w.told(2, "delivering") == 2 })
					w.lose(1)
					w.accept(anOrder("A-1"))
					w.untilState(5*time.Minute, "A-1", storage.StateSent)
					time.Sleep(10 * time.Minute)
					w.once("A-1")
				})
			})
		}
	}
}
