package wire

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/itchyny/gojq"
)

// A Delivery is what a chat has sent, and what is known of it.
type Delivery struct {
	Body    Body
	Headers map[string]string // by their names in lower case
	Company string
	At      time.Time // when it came; times that name no zone are of its
}

// Translate gives the envelopes of the contract that a program makes of a delivery. All
// the work is done in the box's process, where a body cannot hurt anybody either. It fails
// with a *BodyError, a *YieldError, a *Failure, a *SyntaxError, ErrNoBox, or the context's error.
//
// Of each company one delivery waits for the process at a time and the others behind it, so
// that a company whose program is slow waits for itself and not the others for it.
func (b *Box) Translate(ctx context.Context, program string, d Delivery) ([]json.RawMessage, error) {
	leave, err := b.queue(ctx, d.Company)
	if err != nil {
		return nil, err
	}
	defer leave()
	return b.do(ctx, job{Program: program, Zone: d.At.Location().String(), delivery: &d})
}

// A lane is where the deliveries of one company wait.
type lane struct {
	turn chan struct{} // holds one token
	used int           // how many are in it; guarded by the box's mutex
}

// queue waits until it is a company's delivery's turn among those of the company.
func (b *Box) queue(ctx context.Context, company string) (leave func(), err error) {
	b.mu.Lock()
	l := b.lanes[company]
	if l == nil {
		l = &lane{turn: make(chan struct{}, 1)}
		l.turn <- struct{}{}
		b.lanes[company] = l
	}
	l.used++
	b.mu.Unlock()
	out := func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if l.used--; l.used == 0 {
			delete(b.lanes, company)
		}
	}
	select {
	case <-ctx.Done():
		out()
		return nil, ctx.Err()
	case <-l.turn:
		return func() { l.turn <- struct{}{}; out() }, nil
	}
}

// A sentDelivery is a delivery on its way to the box's process.
type sentDelivery struct {
	ContentType string            `json:"content_type"`
	Size        int               `json:"size"` // of the text, which comes behind the line
	Query       string            `json:"query"`
	Headers     map[string]string `json:"headers"`
	Company     string            `json:"company"`
	At          time.Time         `json:"at"`
}

func (d *Delivery) sent() *sentDelivery {
	if d == nil {
		return nil
	}
	return &sentDelivery{d.Body.ContentType, len(d.Body.Text), d.Body.Query, d.Headers, d.Company, d.At}
}

// readDelivery reads a delivery as it was sent; nil if the job has none.
func readDelivery(v any, behind io.Reader) (*Delivery, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return nil, nil
	}
	d := &Delivery{Headers: map[string]string{}}
	number, _ := object["size"].(json.Number)
	size, err := number.Int64()
	if err != nil || size < 0 || size > maxJob {
		return nil, errors.New("a delivery without a size")
	}
	d.Body.Text = make([]byte, size)
	if _, err := io.ReadFull(behind, d.Body.Text); err != nil {
		return nil, err
	}
	at, _ := object["at"].(string)
	if d.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return nil, err
	}
	d.Body.ContentType, _ = object["content_type"].(string)
	d.Body.Query, _ = object["query"].(string)
	d.Company, _ = object["company"].(string)
	headers, _ := object["headers"].(map[string]any)
	for name, v := range headers {
		d.Headers[name], _ = v.(string)
	}
	return d, nil
}

// variables are what a program that receives may use beside its input.
var variables = []string{"$company", "$headers", "$query"}

// envelopes takes the delivery all the way.
func (d *Delivery) envelopes(p *program) ([]json.RawMessage, error) {
	input, err := d.Body.Input()
	if err != nil {
		return nil, err
	}
	query, err := Body{Query: d.Body.Query}.Input()
	if err != nil {
		return nil, err
	}
	headers := make(map[string]any, len(d.Headers))
	for name, v := range d.Headers {
		headers[name] = v
	}
	yields, err := p.values(context.Background(), input, d.Company, headers, query)
	if err != nil {
		return nil, err
	}
	list, err := complete(yields, receipt{Company: d.Company, At: d.At})
	if err != nil {
		return nil, err
	}
	out, size := make([]json.RawMessage, len(list)), 0
	for i, envelope := range list {
		if out[i], err = gojq.Marshal(envelope); err != nil {
			return nil, &Failure{failedProgram, clip(err.Error())}
		}
		if size += len(out[i]); size > maxOutput {
			return nil, &Failure{Kind: failedOutput}
		}
	}
	return out, nil
}
