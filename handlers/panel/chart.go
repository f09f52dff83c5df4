package panel

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// The chart of the overview shows a day by the hour, or a week or a month by the day, of one
// company or of all. Which, stands in the address. Days are those of the panel's zone, from
// midnight to midnight, also when the clocks change in between.

// slowOrder is how long an order may be on its way: beyond that its bar is drawn as late.
const slowOrder = 30 * time.Second

// The periods of a chart, as they stand in addresses.
const (
	periodDay   = "day"
	periodWeek  = "week"
	periodMonth = "month"
)

// chartEdges are where the bars of a period begin, and where the last of them ends.
func chartEdges(period string, now time.Time) []time.Time {
	var edges []time.Time
	days := map[string]int{periodWeek: 7, periodMonth: 30}[period]
	if days == 0 {
		for h := -23; h <= 1; h++ {
			edges = append(edges, now.Truncate(time.Hour).Add(time.Duration(h)*time.Hour))
		}
		return edges
	}
	y, m, d := now.Date()
	for i := 1 - days; i <= 1; i++ {
		edges = append(edges, time.Date(y, m, d+i, 0, 0, 0, 0, now.Location()))
	}
	return edges
}

// chart is the chart that the address asks for.
func (s *Server) chart(c echo.Context, list []bridge.Overview) (*web.Chart, error) {
	period, of := c.QueryParam("period"), c.QueryParam("of")
	if period != periodWeek && period != periodMonth {
		period = periodDay
	}
	known := func(o bridge.Overview) bool { return o.Company.ID == of }
	if !slices.ContainsFunc(list, known) {
		of = ""
	}
	chart := &web.Chart{Period: period}
	if len(list) > 1 {
		chart.Companies = append(chart.Companies, web.Option{Title: say(c, "chart.all")})
		for _, o := range list {
			id := o.Company.ID
			chart.Companies = append(chart.Companies,
				web.Option{Value: id, Title: nameOf(o.Company), Selected: id == of})
		}
	}
	for _, p := range []string{periodDay, periodWeek, periodMonth} {
		query := url.Values{"period": {p}}
		if of != "" {
			query.Set("of", of)
		}
		chart.Periods = append(chart.Periods,
			web.Tab{Title: say(c, "chart."+p), To: "/?" + query.Encode() + "#chart", Current: p == period})
	}
	spans, whole, err := s.bridge.Spans(c.Request().Context(), of, chartEdges(period, time.Now().In(s.timeZone)))
	if err != nil {
		return nil, err
	}
	if whole.Orders == 0 {
		chart.Empty = say(c, "chart.none_"+period)
		return chart, nil
	}
	chart.Title = say(c, "chart.drawn_"+period)
	s.chartFigures(c, chart, whole)
	s.drawChart(c, chart, spans)
	return chart, nil
}

// chartFigures says what stands beside the drawing.
func (s *Server) chartFigures(c echo.Context, chart *web.Chart, whole storage.Span) {
	chart.OnTime, chart.TooLate = say(c, "chart.on_time"), say(c, "chart.too_late")
	f := figuresOf(c, whole)
	chart.Facts = facts(c, "chart", fact{"orders", f.Orders, ""}, fact{"sum", f.Sum, ""},
		fact{"half", f.Half, ""}, fact{"slow", f.Slow, ""})
	switch {
	case whole.Arrived == 0:
		chart.Note = say(c, "chart.none_arrived")
	case whole.Median >= time.Second:
		chart.Note = say(c, "chart.rounded")
	}
	if whole.Priced > 0 && whole.Priced < whole.Orders {
		known := say(c, "chart.priced", "n", locale.Number(whole.Priced))
		chart.Note = join(" ", known, chart.Note)
	}
}

// figuresOf are the figures of a span in words; "" for what is not known.
func figuresOf(c echo.Context, p storage.Span) web.ChartRow {
	row := web.ChartRow{Orders: locale.Number(p.Orders)}
	if p.Priced > 0 {
		row.Sum = roubles(c, inRoubles(p.Total))
	}
	if p.Arrived > 0 {
		row.Half, row.Slow = lasting(c, wholeUnits(p.Median)), lasting(c, wholeUnits(p.Slow))
	}
	return row
}

// wholeUnits is a duration rounded up, so that nothing took longer than it says: a second at
// least, since nobody says «за меньше секунды».
func wholeUnits(d time.Duration) time.Duration {
	unit := 24 * time.Hour
	switch {
	case d < time.Second:
		return time.Second
	case d <= 59*time.Second:
		unit = time.Second
	case d <= 59*time.Minute:
		unit = time.Minute
	case d <= 47*time.Hour:
		unit = time.Hour
	}
	return (d + unit - 1).Truncate(unit)
}

// The plot's place in the drawing, in per cent of its height: above it is room for a number
// of the scale, below it for the marks.
const (
	plotTop    = 10.0
	plotBottom = 88.0
)

// drawChart draws the bars on a scale of round numbers, and lists them.
func (s *Server) drawChart(c echo.Context, chart *web.Chart, spans []storage.Span) {
	most := 0
	for _, p := range spans {
		most = max(most, p.Orders)
	}
	step, top := scale(most)
	y := func(n int) float64 { return plotBottom - (plotBottom-plotTop)*float64(n)/float64(top) }
	for n := 0; n <= top; n += step {
		g := web.Grid{Y: percent(y(n))}
		if n > 0 {
			g.Text = locale.Number(n)
		}
		chart.Grid = append(chart.Grid, g)
	}
	width := 100 / float64(len(spans))
	for i, p := range spans {
		begin := p.Begin.In(s.timeZone)
		x := width * float64(i)
		if text := markOf(c, chart.Period, begin, len(spans)-1-i); text != "" {
			chart.Marks = append(chart.Marks, web.Mark{X: percent(x + width/2), Text: text})
		}
		if p.Orders == 0 {
			continue
		}
		row := figuresOf(c, p)
		row.When = web.Moment{Text: begin.Format("15:04"), Stamp: s.stamp(begin)}
		if chart.Period != periodDay {
			row.When = web.Moment{Text: say(c, "weekday."+itoa(int(begin.Weekday()))) + " " + begin.Format("02.01"),
				Stamp: begin.Format(time.DateOnly)}
		}
		bar := web.Bar{X: percent(x + width*.12), Width: percent(width * .76), Y: percent(y(p.Orders)),
			Height: percent(plotBottom - y(p.Orders)), Late: p.Slow > slowOrder}
		bar.Title = say(c, "chart.bar", "at", row.When.Text, "n", row.Orders)
		if row.Sum != "" {
			bar.Title += ", " + row.Sum
		}
		if row.Slow != "" {
			bar.Title += ", " + say(c, "chart.bar_slow", "time", row.Slow)
		}
		chart.Bars, chart.Rows, chart.Late = append(chart.Bars, bar), append(chart.Rows, row), chart.Late || bar.Late
	}
}

// markOf is what stands below a bar; "" for most of them, so that they do not touch on a
// phone. The last bar is number 0.
func markOf(c echo.Context, period string, begin time.Time, fromEnd int) string {
	switch {
	case period == periodDay && begin.Hour()%6 == 0:
		return begin.Format("15:04")
	case period == periodWeek:
		return say(c, "weekday."+itoa(int(begin.Weekday())))
	case period == periodMonth && fromEnd%7 == 0:
		return begin.Format("02.01")
	}
	return ""
}

// scale is the step between the lines of a scale and its end: round numbers, at most five
// lines, and no line above the one that the highest bar needs.
func scale(most int) (step, top int) {
	step = 1
	for i := 0; step*5 < most; i++ {
		step = []int{2, 5, 10}[i%3] * pow10(i/3)
	}
	top = (max(most, 1) + step - 1) / step * step
	return step, top
}

// pow10 is a power of ten.
func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

// percent is a place in a drawing.
func percent(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) + "%" }
