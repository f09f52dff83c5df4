package wire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"
)

// A job is one run of a program: its text, what it is given, and the variables by their
// names without the dollar.
type job struct {
	Program   string         `json:"program"`
	Zone      string         `json:"zone,omitempty"` // of times without one, by its IANA name; "" = UTC
	Input     any            `json:"input"`
	Variables map[string]any `json:"variables,omitempty"`

	delivery *Delivery // in place of both: see Translate
	report   bool      // the input is a status, and what was delivered is beside it: see Report
}

// A request is a job as the box's process reads it: a line of JSON, and behind it the text
// of a delivery, which may be of any encoding.
type request struct{ line, text []byte }

func (j job) request() (r request, err error) {
	r.line, err = json.Marshal(struct {
		job
		Delivery *sentDelivery `json:"delivery,omitempty"`
		Report   bool          `json:"report,omitempty"`
	}{j, j.delivery.sent(), j.report})
	r.line = append(r.line, '\n')
	if j.delivery != nil {
		r.text = j.delivery.Body.Text
	}
	return r, err
}

// An answer is what the other process says of a job: a line of JSON, and behind it what the
// job yields, which is JSON as it is.
type answer struct {
	Sizes   []int `json:"sizes,omitempty"` // of the yields, in bytes
	yields  []json.RawMessage
	Failure *Failure     `json:"failure,omitempty"`
	Syntax  *SyntaxError `json:"syntax,omitempty"`
	Body    *BodyError   `json:"body,omitempty"`
	Yield   *YieldError  `json:"yield,omitempty"`
}

// ErrNoBox says that there is no process to run programs in.
var ErrNoBox = errors.New("no process for programs could be started")

// A Box runs programs in another process, one at a time. That process has a bound of
// memory and no environment, so a program that asks for gigabytes ends it and nothing
// else; the next run starts another. It is started when it is first needed, and ends when
// it was not for a while.
type Box struct {
	command func() *exec.Cmd
	turn    chan struct{} // holds one token: whose turn it is

	// Whose turn it is owns these.
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader

	mu    sync.Mutex
	idle  *time.Timer
	lanes map[string]*lane // by company
}

// Bounds of the other process.
const (
	boxIdle  = time.Minute     // it ends after that long without a job
	boxWait  = 5 * time.Second // for one job, on a machine that has much else to do
	maxReply = 2 * maxOutput
)

// NewBox makes a box. The command starts a process that calls [Serve] on its input and
// output. Without one jobs run in this process and with no bound of memory, which is for
// tests only.
func NewBox(command func() *exec.Cmd) *Box {
	b := &Box{command: command, turn: make(chan struct{}, 1), lanes: map[string]*lane{}}
	b.turn <- struct{}{}
	return b
}

// do runs a job and gives what it yields. It fails with a *Failure, a *SyntaxError,
// ErrNoBox, or the context's error.
func (b *Box) do(ctx context.Context, j job) ([]json.RawMessage, error) {
	r, err := j.request()
	if err != nil {
		return nil, fmt.Errorf("encode a job: %w", err)
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-b.turn:
	}
	defer func() { b.turn <- struct{}{} }()
	if b.command == nil {
		j, err := readJob(r.line, bytes.NewReader(r.text)) // as the process would
		if err != nil {
			return nil, err
		}
		return outcome(serve(j, map[string]*program{}))
	}
	b.stay()
	defer b.leave()
	used := b.process != nil
	yields, err := b.run(ctx, r)
	if f, is := errors.AsType[*Failure](err); is && used && f.Kind == failedMemory {
		return b.run(ctx, r) // what other programs left there may have been too much
	}
	return yields, err
}

// run has the process run a job. One that has failed for more than an error of its own
// may have left much behind, and ends the process.
func (b *Box) run(ctx context.Context, r request) ([]json.RawMessage, error) {
	if b.process == nil {
		if err := b.start(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoBox, err)
		}
	}
	reply, err := b.ask(ctx, r)
	if err != nil {
		b.end()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	if reply.Failure != nil && reply.Failure.Kind != failedProgram {
		b.end()
	}
	return outcome(reply)
}

// outcome is what an answer says.
func outcome(a answer) ([]json.RawMessage, error) {
	switch {
	case a.Failure != nil:
		return nil, a.Failure
	case a.Syntax != nil:
		return nil, a.Syntax
	case a.Body != nil:
		return nil, a.Body
	case a.Yield != nil:
		return nil, a.Yield
	}
	return a.yields, nil
}

// Close ends the process. The box can be used again.
func (b *Box) Close() {
	<-b.turn
	defer func() { b.turn <- struct{}{} }()
	b.end()
}

func (b *Box) start() (err error) {
	cmd := b.command()
	if b.in, err = cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	b.process, b.out = cmd, bufio.NewReaderSize(out, 64<<10)
	return nil
}

// ask sends a request and waits for the reply. A process that dies meanwhile has run out
// of memory: nothing else ends it.
func (b *Box) ask(ctx context.Context, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, boxWait)
	defer cancel()
	process := b.process.Process
	stop := context.AfterFunc(ctx, func() { _ = process.Kill() })
	defer stop()
	var a answer
	_, err := b.in.Write(r.line)
	if err == nil && len(r.text) > 0 {
		_, err = b.in.Write(r.text)
	}
	if err == nil {
		var line []byte
		if line, err = readLine(b.out, maxReply); err == nil {
			err = a.read(line, b.out)
		}
	}
	switch {
	case err == nil:
		return a, nil
	case ctx.Err() != nil:
		return a, &Failure{Kind: failedTime}
	}
	return a, &Failure{Kind: failedMemory}
}

// end ends the process, if there is one, and waits for it.
func (b *Box) end() {
	if b.process == nil {
		return
	}
	_ = b.in.Close()
	_ = b.process.Process.Kill()
	_ = b.process.Wait() // it was killed, which is no news
	b.process, b.in, b.out = nil, nil, nil
}

// stay keeps the process from being ended for idleness while it works.
func (b *Box) stay() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.idle != nil {
		b.idle.Stop()
	}
}

func (b *Box) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.idle = time.AfterFunc(boxIdle, b.Close)
}

// readLine reads up to a line's end, of so many bytes at most.
func readLine(r *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(line) > most:
			return nil, errors.New("a line that is too long")
		}
	}
}
