package wire

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	jsonexp "github.com/go-json-experiment/json"
)

// maxJob bounds a request: a body and its headers, with every byte escaped.
const maxJob = 4 << 20

// mostKept is how many compiled programs a process keeps.
const mostKept = 64

// Serve runs jobs, a line of JSON each, and answers each with a line, until the input
// ends. It is the whole life of a [Box]'s process, whose memory it bounds first.
func Serve(in io.Reader, out io.Writer) error {
	if err := confine(); err != nil {
		return err
	}
	r, w, kept := bufio.NewReaderSize(in, 64<<10), bufio.NewWriterSize(out, 64<<10), map[string]*program{}
	for {
		line, err := readLine(r, maxJob)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		j, err := readJob(line, r)
		if err != nil {
			return err
		}
		if err := serve(j, kept).write(w); err != nil {
			return err
		}
	}
}

// write sends the answer.
func (a answer) write(w *bufio.Writer) error {
	for _, y := range a.yields {
		a.Sizes = append(a.Sizes, len(y))
	}
	line, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, _ = w.Write(append(line, '\n')) // an error stays until the flush
	for _, y := range a.yields {
		_, _ = w.Write(y)
	}
	return w.Flush()
}

// read reads an answer of which the line has come already.
func (a *answer) read(line []byte, behind io.Reader) error {
	if err := jsonexp.Unmarshal(line, a); err != nil {
		return err
	}
	all := 0
	for _, size := range a.Sizes {
		if size < 0 || size > maxReply-all {
			return errors.New("an answer that is too long")
		}
		all += size
		y := make(json.RawMessage, size)
		if _, err := io.ReadFull(behind, y); err != nil {
			return err
		}
		a.yields = append(a.yields, y)
	}
	return nil
}

func serve(j job, kept map[string]*program) answer {
	yields, err := j.run(kept)
	switch err := err.(type) {
	case nil:
		return answer{yields: yields}
	case *SyntaxError:
		return answer{Syntax: err}
	case *Failure:
		return answer{Failure: err}
	case *BodyError:
		return answer{Body: err}
	case *YieldError:
		return answer{Yield: err}
	default:
		return answer{Failure: &Failure{Kind: failedTime}}
	}
}

// readJob reads a job, and behind it the text of its delivery. The line is read as it was
// written, so that numbers stay as they are.
func readJob(line []byte, behind io.Reader) (job, error) {
	v, err := decode(line)
	if err != nil {
		return job{}, err
	}
	object, _ := v.(map[string]any)
	j := job{Input: object["input"]}
	j.Program, _ = object["program"].(string)
	j.Zone, _ = object["zone"].(string)
	j.Variables, _ = object["variables"].(map[string]any)
	j.report, _ = object["report"].(bool)
	j.delivery, err = readDelivery(object["delivery"], behind)
	return j, err
}

// run compiles a job's program, if it is not kept already, and runs it.
func (j job) run(kept map[string]*program) ([]json.RawMessage, error) {
	names := slices.Sorted(maps.Keys(j.Variables))
	dollars := make([]string, len(names))
	values := make([]any, len(names))
	for i, name := range names {
		dollars[i], values[i] = "$"+name, j.Variables[name]
	}
	if j.delivery != nil && !j.report {
		dollars = variables
	}
	key := strings.Join(dollars, ",") + "\x00" + j.Zone + "\x00" + j.Program
	p := kept[key]
	if p == nil {
		zone, err := time.LoadLocation(j.Zone)
		if err != nil {
			return nil, &SyntaxError{Reason: "the zone of times is not known"}
		}
		if p, err = compile(j.Program, dollars, zone); err != nil {
			return nil, err
		}
		if len(kept) >= mostKept {
			clear(kept)
		}
		kept[key] = p
	}
	if j.report {
		return j.tell(p, values)
	}
	if d := j.delivery; d != nil {
		d.At = d.At.In(p.zone)
		return d.envelopes(p)
	}
	return p.Run(context.Background(), j.Input, values...)
}
