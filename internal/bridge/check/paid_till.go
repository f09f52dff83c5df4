package check

import (
	"strconv"
	"time"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// PaidPlan says what a person should know of how long the shop is paid for, and the
// day itself; both are empty if there is nothing to say.
func PaidPlan(c storage.Company, now time.Time) (day string, p *storage.Problem) {
	day = c.Learnt.PaidTill
	switch days, known := daysLeft(day, now); {
	case !known:
		return "", nil
	case days < 0:
		return day, &storage.Problem{Code: problem.NoticePlanEnded, Args: map[string]string{"on": day}}
	case days <= planEndsSoon:
		p := problem.Of(problem.NoticePlanEnds, "on", day, "days", strconv.Itoa(days))
		return day, &p
	}
	return day, nil
}
