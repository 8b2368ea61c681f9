package tabletheorytest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/tabletheory/tabletheory-go"
)

// Recording is a transport that answers from a recording: each request with the first line, not used yet, that has the same action and
// body, in which order and white space of members do not count. A request that is not in it is refused, and noted for
// [Recording.Check]. Use a [Clock] in both runs: timestamps and tokens are part of the requests. It is safe for concurrent use.
type Recording struct {
	lock  sync.Mutex
	lines []exchange
	wrong []error
}

// Replay reads a recording, made by a [Recorder] or in another language.
func Replay(recording io.Reader) (*Recording, error) {
	replayed := &Recording{}
	lines := bufio.NewReader(recording)
	for number := 1; ; number++ {
		text, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if len(bytes.TrimSpace(text)) > 0 {
			line, err := exchangeOf(text)
			if err != nil {
				return nil, fmt.Errorf("line %d is not one of a recording: %w", number, err)
			}
			replayed.lines = append(replayed.lines, line)
		}
		if err != nil {
			return replayed, nil
		}
	}
}

// ReplayFile is [Replay] for a file.
func ReplayFile(path string) (*Recording, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return Replay(file)
}

func exchangeOf(text []byte) (line exchange, err error) {
	if err := json.Unmarshal(text, &line); err != nil {
		return line, err
	}
	_, known := kinds[line.Failure]
	switch {
	case line.Action == "" || len(line.Request) == 0:
		return line, errors.New("it has no `action` or no `request`")
	case line.Failure != "" && !known:
		return line, fmt.Errorf("the failure `%s` is not known", line.Failure)
	case line.Failure == "" && (line.Status == 0 || len(line.Body) == 0):
		return line, errors.New("it has neither `status` and `body` nor `failure`")
	}
	return line, nil
}

// SendsInOrder makes requests side by side come in their order.
func (r *Recording) SendsInOrder() {}

// Send gives the response, or the failure, that was recorded for the request.
func (r *Recording) Send(ctx context.Context, request *tabletheory.Request) (*tabletheory.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	line, err := r.take(request)
	if err != nil {
		return nil, &tabletheory.TransportError{Kind: tabletheory.Refused, Err: err}
	}
	if line.Failure != "" {
		message := ""
		if line.Message != nil {
			message = *line.Message
		}
		return nil, failure(kinds[line.Failure], message)
	}
	head := strings.Join(append(slices.Clip(line.Head), ""), "\r\n")
	return &tabletheory.Response{Status: line.Status, Head: []byte(head), Body: []byte(fromJSON(line.Body))}, nil
}

func (r *Recording) take(request *tabletheory.Request) (*exchange, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	nearest := ""
	for at, line := range r.lines {
		if line.Action != request.Action {
			continue
		}
		difference := compare(fromJSON(line.Request), string(request.Body))
		if difference == "" {
			r.lines = slices.Delete(r.lines, at, at+1)
			return &line, nil
		}
		if nearest == "" {
			nearest = difference
		}
	}
	err := fmt.Errorf("this `%s` is not in the recording: no such action is left", request.Action)
	if nearest != "" {
		err = fmt.Errorf("this `%s` (+) is not in the recording, which has (-):\n%s", request.Action, nearest)
	}
	r.wrong = append(r.wrong, err)
	return nil, err
}

// Check says what went otherwise than recorded: requests that were not in the recording, with the differences, and lines that were not
// used. It is nil when all went as recorded.
func (r *Recording) Check() error {
	r.lock.Lock()
	defer r.lock.Unlock()
	wrong := slices.Clip(r.wrong)
	if len(r.lines) > 0 {
		var left []string
		for _, line := range r.lines {
			left = append(left, "`"+line.Action+"`")
		}
		wrong = append(wrong, fmt.Errorf("%d lines of the recording were not used: %s", len(left), strings.Join(left, ", ")))
	}
	return errors.Join(wrong...)
}
