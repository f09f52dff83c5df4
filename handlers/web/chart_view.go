package web

// A Chart shows how many orders came when. It is drawn on the server, in per cent of its
// width and height, so that it fits any screen while its letters keep their size. What it
// shows stands beside it in figures and in a table.
type Chart struct {
	Periods   []Tab
	Period    string   // which of them is shown, in the address
	Companies []Option // to choose from; none = there is only one
	Title     string   // of what is drawn, for who does not see it
	Empty     string   // what is said instead of a drawing; "" = there is something
	Facts     []Fact
	Note      string // what else is to be known of the figures
	Grid      []Grid
	Bars      []Bar
	Marks     []Mark
	Late      bool   // whether any bar is
	OnTime    string // the legend's words
	TooLate   string
	Rows      []ChartRow
}

// Grid is a line of a chart's scale, with its number.
type Grid struct{ Y, Text string }

// A Mark says below a chart what a place of it is.
type Mark struct{ X, Text string }

// A Bar is one hour or day of a chart.
type Bar struct {
	X, Y, Width, Height string
	Late                bool
	Title               string
}

// A ChartRow is one hour or day of a chart in figures.
type ChartRow struct {
	When                    Moment
	Orders, Sum, Half, Slow string
}
