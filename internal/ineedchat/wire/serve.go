package wire

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
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
	r, kept := bufio.NewReaderSize(in, 64<<10), map[string]*program{}
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
		text, err := json.Marshal(serve(j, kept))
		if err != nil {
			return err
		}
		if _, err := out.Write(append(text, '\n')); err != nil {
			return err
		}
	}
}

func serve(j job, kept map[string]*program) answer {
	yields, err := j.run(kept)
	switch err := err.(type) {
	case nil:
		return answer{Yields: yields}
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
