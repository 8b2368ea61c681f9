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
	"strings"
	"sync"

	"github.com/tabletheory/tabletheory-go"
)

// Recorder is a transport that writes down what passes through it to another one: a line of JSON for each request that got a
// response, with action, request, status, head and body, for [Replay]. Credentials and signatures are not written down; item values are.
type Recorder struct {
	transport tabletheory.Transport
	lock      sync.Mutex
	output    io.Writer
}

// NewRecorder records what passes to a transport, for instance [tabletheory.NewHTTPTransport].
func NewRecorder(transport tabletheory.Transport, output io.Writer) *Recorder {
	return &Recorder{transport: transport, output: output}
}

// exchange is one line of a recording.
type exchange struct {
	Action  string          `json:"action"`
	Request json.RawMessage `json:"request"`
	Status  int             `json:"status"`
	Head    []string        `json:"head"`
	Body    json.RawMessage `json:"body"`
}

// Send sends the request and writes down what came of it.
func (r *Recorder) Send(ctx context.Context, request *tabletheory.Request) (*tabletheory.Response, error) {
	response, err := r.transport.Send(ctx, request)
	if err != nil || response == nil {
		return response, err
	}
	line := exchange{Action: request.Action, Request: asJSON(request.Body), Status: response.Status, Head: []string{}, Body: asJSON(response.Body)}
	for header := range strings.Lines(string(response.Head)) {
		// The checksum and the length are those of the bytes, which are written down in another form.
		name, _, _ := strings.Cut(strings.ToLower(header), ":")
		if name != "x-amz-crc32" && name != "content-length" && strings.TrimSpace(header) != "" {
			line.Head = append(line.Head, strings.TrimSpace(header))
		}
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(line); err != nil {
		return nil, err
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	if _, err := r.output.Write(text.Bytes()); err != nil {
		return nil, fmt.Errorf("the recording cannot be written: %w", err)
	}
	return response, nil
}

// Signing marks a transport as one that signs by itself: for a [Recorder] or [Faults] around the adapter of the AWS SDK.
func Signing(transport tabletheory.Transport) tabletheory.Signer { return signing{transport} }

type signing struct{ tabletheory.Transport }

// SignsRequests marks the transport.
func (signing) SignsRequests() {}

// asJSON is a text that is JSON as it stands, another one as a JSON string.
func asJSON(text []byte) json.RawMessage {
	if json.Valid(text) && !bytes.HasPrefix(bytes.TrimSpace(text), []byte(`"`)) {
		return text
	}
	quoted, _ := json.Marshal(string(text)) // a string: cannot fail
	return quoted
}

func fromJSON(text json.RawMessage) string {
	var quoted string
	if json.Unmarshal(text, &quoted) == nil {
		return quoted
	}
	return string(text)
}

// Replay makes a script of a recording. Requests must come as they were recorded, in that order.
func Replay(recording io.Reader) (*Script, error) {
	script := NewScript()
	lines := bufio.NewReader(recording)
	for number := 1; ; number++ {
		text, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(text)) > 0 {
			var line exchange
			if err := json.Unmarshal(text, &line); err != nil {
				return nil, fmt.Errorf("line %d is not one of a recording: %w", number, err)
			}
			head := strings.Join(append(line.Head, ""), "\r\n")
			script.replies = append(script.replies, Reply{Action: line.Action, Request: fromJSON(line.Request), Status: line.Status, Head: head, Body: fromJSON(line.Body)})
		}
		if errors.Is(err, io.EOF) {
			return script, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// ReplayFile is Replay for a file.
func ReplayFile(path string) (*Script, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return Replay(file)
}
