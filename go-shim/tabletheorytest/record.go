package tabletheorytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/tabletheory/tabletheory-go"
)

// Recorder is a transport that writes down what passes through it to another one: a line of JSON for each request, with action,
// request, and the response or the failure, for [Replay]. Other languages write and read the same lines. Credentials and signatures
// are not written down; item values are. It is safe for concurrent use.
type Recorder struct {
	transport tabletheory.Transport
	lock      sync.Mutex
	output    io.Writer
}

// NewRecorder records what passes to a transport, for instance [tabletheory.NewHTTPTransport].
func NewRecorder(transport tabletheory.Transport, output io.Writer) *Recorder {
	return &Recorder{transport: transport, output: output}
}

// exchange is one line of a recording: with Status, Head and Body, or with Failure and Message.
type exchange struct {
	Action  string          `json:"action"`
	Request json.RawMessage `json:"request"`
	Status  int             `json:"status,omitzero"`
	Head    []string        `json:"head,omitzero"` // without what belongs to other bytes: see leftOut
	Body    json.RawMessage `json:"body,omitempty"`
	Failure string          `json:"failure,omitempty"`
	Message *string         `json:"message,omitempty"`
}

// leftOut are headers of the bytes as they came, which are written down in another form.
var leftOut = map[string]bool{"x-amz-crc32": true, "content-length": true, "transfer-encoding": true, "content-encoding": true}

var kinds = map[string]tabletheory.FailureKind{
	"connect": tabletheory.Connect, "timeout": tabletheory.TimedOut, "broken": tabletheory.Broken, "refused": tabletheory.Refused,
	"credentials": tabletheory.Unauthorized, "stale": tabletheory.Stale,
}

// Send sends the request and writes down what came of it.
func (r *Recorder) Send(ctx context.Context, request *tabletheory.Request) (*tabletheory.Response, error) {
	response, err := r.transport.Send(ctx, request)
	if response == nil && err == nil {
		err = failure(tabletheory.Broken, "the transport gave neither a response nor an error")
	}
	line := exchange{Action: request.Action, Request: asJSON(request.Body)}
	if err != nil {
		message := err.Error()
		line.Failure, line.Message = kindOf(err), &message
	} else {
		line.Status, line.Head, line.Body = response.Status, headLines(response.Head), asJSON(response.Body)
	}
	if broken := r.write(&line); broken != nil {
		return nil, fmt.Errorf("the recording cannot be written: %w", broken)
	}
	return response, err
}

func (r *Recorder) write(line *exchange) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(line); err != nil {
		return err
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	_, err := r.output.Write(text.Bytes())
	return err
}

func headLines(head []byte) []string {
	kept := []string{}
	for header := range strings.Lines(string(head)) {
		name, _, _ := strings.Cut(strings.ToLower(header), ":")
		if header = strings.TrimSpace(header); header != "" && !leftOut[name] {
			kept = append(kept, header)
		}
	}
	return kept
}

// kindOf names how far a request got. What is no [tabletheory.TransportError] counts as broken, as it does for a client.
func kindOf(err error) string {
	var failed *tabletheory.TransportError
	if errors.As(err, &failed) {
		for name, kind := range kinds {
			if kind == failed.Kind {
				return name
			}
		}
	}
	return "broken"
}

// Signing marks a transport as one that signs by itself: for a [Recorder], a [Recording] or [Faults] around or in place of the
// adapter of the AWS SDK.
func Signing(transport tabletheory.Transport) tabletheory.Signer { return signing{transport} }

type signing struct{ tabletheory.Transport }

// SignsRequests marks the transport.
func (signing) SignsRequests() {}

// asJSON is a text that is JSON as it stands, another one as a JSON string.
func asJSON(text []byte) json.RawMessage {
	text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	if json.Valid(text) && !bytes.HasPrefix(bytes.TrimSpace(text), []byte(`"`)) {
		return text
	}
	quoted, _ := json.Marshal(string(text)) // a string: cannot fail
	return quoted
}

func fromJSON(text json.RawMessage) string {
	var quoted string
	if bytes.HasPrefix(text, []byte(`"`)) && json.Unmarshal(text, &quoted) == nil {
		return quoted
	}
	return string(text)
}
