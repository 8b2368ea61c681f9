package tabletheory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/tabletheory/tabletheory-go/internal/engine"
)

// Request is one request to an AWS service.
type Request struct {
	// Service is `dynamodb`; Action is the API action, for instance `PutItem`.
	Service, Action string
	// URL is absolute; the method is POST. Empty for a [Signer].
	URL string
	// Head holds the header lines `name: value`, each ended by CR LF, signed. Host and Content-Length follow from URL
	// and Body. Empty for a [Signer].
	Head string
	// Body is the JSON to send, byte for byte.
	Body []byte
}

// Response is what came back, whatever its status.
type Response struct {
	// Status is the HTTP status.
	Status int
	// Head holds the header lines `name: value`, each ended by LF or CR LF.
	Head []byte
	// Body is the whole body.
	Body []byte
}

// Transport sends requests. It must be safe for concurrent use, must return soon after its context is done, and does not
// repeat anything: retries are decided by the core. Failures are a [*TransportError]; other errors count as [Broken].
type Transport interface {
	Send(ctx context.Context, request *Request) (*Response, error)
}

// Signer is a [Transport] that finds the endpoint and signs by itself, as the adapter of the AWS SDK does.
type Signer interface {
	Transport
	// SignsRequests only marks the type.
	SignsRequests()
}

// Sequential is a [Transport] that answers at once, as scripts of tests do: requests that would be in flight side by side are handed
// to it one after the other, in their order.
type Sequential interface {
	Transport
	// SendsInOrder only marks the type.
	SendsInOrder()
}

// FailureKind says how far a failed request got.
type FailureKind uint8

// The kinds of transport failures.
const (
	Connect      = FailureKind(engine.Connect)      // no connection was made; nothing was sent
	TimedOut     = FailureKind(engine.Timeout)      // the time ran out after something may have been sent
	Broken       = FailureKind(engine.Broken)       // the connection broke after something may have been sent
	Refused      = FailureKind(engine.Refused)      // the transport cannot be used at all
	Unauthorized = FailureKind(engine.Unauthorized) // the transport, which signs by itself, found no credentials
	Stale        = FailureKind(engine.Stale)        // a connection that had served before was closed before one byte of the reply came
)

// TransportError is a request that got no response.
type TransportError struct {
	Kind FailureKind
	Err  error
}

// Error is the text of the error beneath.
func (e *TransportError) Error() string {
	if e.Err == nil {
		return "the transport did not say why"
	}
	return e.Err.Error()
}

// Unwrap is the error beneath.
func (e *TransportError) Unwrap() error { return e.Err }

// HTTPTransport sends requests with an [http.Client]. Proxies are taken from the environment (HTTPS_PROXY, NO_PROXY); where
// there is one for the endpoint, it is used by itself.
type HTTPTransport struct {
	client  *http.Client
	attempt time.Duration
}

// largestBody is more than DynamoDB ever sends; it bounds what a broken server can make us hold.
const largestBody = 64 << 20

// NewHTTPTransport makes a transport with keep-alive connections. connect bounds the making of a connection with TLS
// (0: 3 s), attempt a whole exchange (0: 10 s).
func NewHTTPTransport(connect, attempt time.Duration) *HTTPTransport {
	return newHTTPTransport(&config{connect: connect, attempt: attempt})
}

func attemptTimeouts(connect, attempt time.Duration) (time.Duration, time.Duration) {
	if connect <= 0 {
		connect = 3 * time.Second
	}
	if attempt <= 0 {
		attempt = 10 * time.Second
	}
	return connect, attempt
}

func newHTTPTransport(c *config) *HTTPTransport {
	connect, attempt := attemptTimeouts(c.connect, c.attempt)
	return &HTTPTransport{attempt: attempt, client: &http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext,
			TLSClientConfig:        c.tls.Clone(),
			TLSHandshakeTimeout:    connect,
			MaxConnsPerHost:        c.connections,
			MaxIdleConnsPerHost:    256,
			IdleConnTimeout:        50 * time.Second, // below the service's own, which closes after a minute
			DisableCompression:     true,
			MaxResponseHeaderBytes: 1 << 16,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Send posts the request.
func (t *HTTPTransport) Send(ctx context.Context, request *Request) (*Response, error) {
	attempt, cancel := context.WithTimeout(ctx, t.attempt)
	defer cancel()
	connected := false
	traced := httptrace.WithClientTrace(attempt, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }})
	post, err := http.NewRequestWithContext(traced, http.MethodPost, request.URL, bytes.NewReader(request.Body))
	if err != nil {
		return nil, &TransportError{Refused, err}
	}
	for line := range strings.Lines(request.Head) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		// Set by hand: the names go out as the core wrote them.
		post.Header[http.CanonicalHeaderKey(name)] = []string{strings.TrimSpace(value)}
	}
	response, err := t.client.Do(post)
	if err != nil {
		return nil, &TransportError{failureKind(err, connected), err}
	}
	defer response.Body.Close()
	body, err := readAll(response)
	if err != nil {
		return nil, &TransportError{failureKind(err, true), err}
	}
	return &Response{Status: response.StatusCode, Head: HeaderLines(response.Header), Body: body}, nil
}

func readAll(response *http.Response) ([]byte, error) {
	if response.ContentLength > largestBody {
		return nil, fmt.Errorf("a body of %d bytes", response.ContentLength)
	}
	buffer := bytes.NewBuffer(make([]byte, 0, max(response.ContentLength+1, 512)))
	read, err := buffer.ReadFrom(io.LimitReader(response.Body, largestBody+1))
	if err == nil && read > largestBody {
		err = fmt.Errorf("a body of more than %d bytes", largestBody)
	}
	return buffer.Bytes(), err
}

// CloseIdle closes the connections that are not in use.
func (t *HTTPTransport) CloseIdle() { t.client.CloseIdleConnections() }

func failureKind(err error, connected bool) FailureKind {
	var timeout net.Error
	switch {
	case !connected:
		return Connect
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut
	}
	return Broken
}

// HeaderLines writes a header as the lines of a [Response].
func HeaderLines(header http.Header) []byte {
	lines := make([]byte, 0, 512)
	for name, values := range header {
		for _, value := range values {
			lines = append(append(append(append(lines, name...), ": "...), value...), "\r\n"...)
		}
	}
	return lines
}
