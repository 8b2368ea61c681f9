package tabletheory

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/tabletheory/tabletheory-go/internal/engine"
)

// sockets is the transport that only moves bytes: the core writes HTTP and reads it. It keeps connections, one request on
// each at a time.
type sockets struct {
	connect, attempt time.Duration
	limit            int
	tls              *tls.Config

	lock   sync.Mutex
	places map[string]*place
	closed bool
	// sweeper closes what has been idle for too long; nil while nothing is idle.
	sweeper *time.Timer
}

const (
	// idleLimit is below what servers and load balancers usually allow.
	idleLimit = 15 * time.Second
	// portion is how much is read before the core is given it.
	portion = 64 << 10
)

var (
	portions = sync.Pool{New: func() any { return new([portion]byte) }}
	// past is a deadline that makes reads and writes under way return.
	past = time.Unix(1, 0)
)

// place is an endpoint: the connections that are idle, the last used one last, and a slot for each in use.
type place struct {
	address string
	tls     *tls.Config
	idle    []*connection
	slots   chan struct{}
}

// connection is one connection to a place.
type connection struct {
	net.Conn
	place *place
	raw   syscall.RawConn
	// served says that it has carried a whole reply.
	served bool
	since  time.Time
	// interrupt makes what is under way on it return.
	interrupt func()
	// look looks at what has come in; quiet is what it found.
	look  func(fd uintptr)
	quiet bool
	// reply is what is handed in next.
	reply engine.Reply
}

// receiver is given what comes of a request, and says whether to read on.
type receiver interface {
	hand(request uint32, reply *engine.Reply, cause error) engine.Verdict
}

func newSockets(c *config) *sockets {
	s := &sockets{connect: c.connect, attempt: c.attempt, limit: c.connections, tls: c.tls, places: map[string]*place{}}
	if s.limit <= 0 {
		s.limit = 256
	}
	s.connect, s.attempt = attemptTimeouts(s.connect, s.attempt)
	return s
}

// send carries one request, within the time-out of an attempt.
func (s *sockets) send(ctx context.Context, request *engine.Request, to receiver) {
	now := time.Now()
	c, err := s.take(ctx, request, now)
	if err != nil {
		kind := engine.Connect
		if errors.Is(err, errPlace) {
			kind = engine.Refused
		}
		to.hand(request.ID, &engine.Reply{Kind: engine.Failure, Failure: kind, Text: err.Error()}, err)
		return
	}
	cancelable := ctx.Done() != nil
	var stop func() bool
	if cancelable {
		stop = context.AfterFunc(ctx, c.interrupt)
	}
	keep := c.exchange(request, to)
	if cancelable && !stop() {
		keep = false // it has been interrupted, or is being so
	}
	s.release(c, keep)
}

// exchange writes the request and hands what comes back to the core, until that has enough.
func (c *connection) exchange(request *engine.Request, to receiver) (keep bool) {
	if _, err := c.Write(request.Body); err != nil {
		// Whatever part of it went out counts as sent.
		to.hand(request.ID, c.failure(err, false), err)
		return false
	}
	buffer := portions.Get().(*[portion]byte)
	defer portions.Put(buffer)
	for started, wanted := false, 1; ; {
		n, err := fill(c.Conn, buffer[:], wanted)
		if n > 0 {
			c.reply = engine.Reply{Kind: engine.Received, Body: buffer[:n]}
			verdict := to.hand(request.ID, &c.reply, nil)
			if verdict.Fate != engine.More {
				c.served = true
				return verdict.Fate == engine.Keep
			}
			started, wanted = true, int(min(max(verdict.Missing, 1), portion))
		}
		if err != nil {
			to.hand(request.ID, c.failure(err, started), err)
			return false
		}
	}
}

// fill reads at least so many bytes, unless there is an error; what was read before it counts.
func fill(from io.Reader, buffer []byte, wanted int) (n int, err error) {
	for n < wanted && err == nil {
		var more int
		more, err = from.Read(buffer[n:])
		n += more
	}
	return n, err
}

// failure is what an error of a connection means; started says that some of the reply has come.
func (c *connection) failure(err error, started bool) *engine.Reply {
	reply := &engine.Reply{Kind: engine.Failure, Failure: engine.Broken, Text: err.Error()}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		reply.Failure = engine.Timeout
	case started && err == io.EOF:
		reply.Kind = engine.Ended
	case !started && c.served:
		reply.Failure = engine.Stale
	}
	return reply
}

// take gives a connection for a request: an idle one that still works, or a new one.
func (s *sockets) take(ctx context.Context, request *engine.Request, now time.Time) (*connection, error) {
	deadline := now.Add(s.attempt)
	place, err := s.place(request.URL)
	if err != nil {
		return nil, err
	}
	select {
	case place.slots <- struct{}{}:
	default:
		if err := place.wait(ctx, deadline); err != nil {
			return nil, err
		}
	}
	if request.Fresh {
		s.drop(place)
	}
	for {
		c := s.reuse(place, now)
		if c == nil {
			if c, err = s.dial(ctx, place, deadline); err != nil {
				<-place.slots
				return nil, err
			}
		}
		if c.SetDeadline(deadline) == nil && (!c.served || c.isQuiet()) {
			return c, nil
		}
		c.Close()
	}
}

// wait waits for a slot.
func (p *place) wait(ctx context.Context, deadline time.Time) error {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return errors.New("no connection became free in time")
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errPlace = errors.New("not the URL of a service")

// place is where a URL leads.
func (s *sockets) place(text string) (*place, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if known := s.places[text]; known != nil {
		return known, nil
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return nil, errPlace
	}
	made := &place{slots: make(chan struct{}, s.limit)}
	port := parsed.Port()
	if parsed.Scheme == "https" {
		port = first(port, "443")
		made.tls = s.configure(parsed.Hostname())
	}
	made.address = net.JoinHostPort(parsed.Hostname(), first(port, "80"))
	s.places[text] = made
	return made, nil
}

func (s *sockets) configure(host string) *tls.Config {
	configured := &tls.Config{}
	if s.tls != nil {
		configured = s.tls.Clone()
	}
	if configured.ServerName == "" {
		configured.ServerName = host
	}
	if configured.ClientSessionCache == nil {
		configured.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	}
	configured.NextProtos = []string{"http/1.1"}
	return configured
}

// dial makes a connection, with TLS where the place asks for it.
func (s *sockets) dial(ctx context.Context, place *place, deadline time.Time) (*connection, error) {
	if soon := time.Now().Add(s.connect); soon.Before(deadline) {
		deadline = soon
	}
	dialer := net.Dialer{Deadline: deadline, KeepAlive: 30 * time.Second} // which also sets TCP_NODELAY
	made, err := dialer.DialContext(ctx, "tcp", place.address)
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: made, place: place}
	if tcp, ok := made.(*net.TCPConn); ok {
		c.raw, _ = tcp.SyscallConn()
	}
	if place.tls != nil {
		secured := tls.Client(made, place.tls)
		_ = made.SetDeadline(deadline)
		if err := secured.HandshakeContext(ctx); err != nil {
			made.Close()
			return nil, err
		}
		c.Conn = secured
	}
	c.interrupt = func() { _ = made.SetDeadline(past) }
	c.look = func(fd uintptr) { c.quiet = nothingToRead(fd) }
	return c, nil
}

// isQuiet says that an idle connection has neither been closed by the other side nor sent anything unasked.
func (c *connection) isQuiet() bool {
	if c.raw == nil {
		return true
	}
	c.quiet = false
	return c.raw.Control(c.look) == nil && c.quiet
}

// reuse takes the idle connection that was used last, if that was not too long ago.
func (s *sockets) reuse(place *place, now time.Time) *connection {
	s.lock.Lock()
	defer s.lock.Unlock()
	last := len(place.idle) - 1
	if last < 0 {
		return nil
	}
	c := place.idle[last]
	if now.Sub(c.since) >= idleLimit { // and so all others; timers do not run while a process is frozen
		place.close()
		return nil
	}
	place.idle[last] = nil
	place.idle = place.idle[:last]
	return c
}

// release keeps a connection for the next request, or closes it.
func (s *sockets) release(c *connection, keep bool) {
	if keep {
		c.since = time.Now()
		s.lock.Lock()
		if keep = !s.closed; keep {
			c.place.idle = append(c.place.idle, c)
			if s.sweeper == nil {
				s.sweeper = time.AfterFunc(idleLimit, s.sweep)
			}
		}
		s.lock.Unlock()
	}
	if !keep {
		c.Close()
	}
	<-c.place.slots
}

// sweep closes what has been idle for too long.
func (s *sockets) sweep() {
	s.lock.Lock()
	defer s.lock.Unlock()
	oldest := time.Now()
	left := 0
	for _, place := range s.places {
		expired := 0
		for expired < len(place.idle) && time.Since(place.idle[expired].since) >= idleLimit {
			place.idle[expired].Close()
			expired++
		}
		place.idle = append(place.idle[:0], place.idle[expired:]...)
		clear(place.idle[len(place.idle):][:expired])
		if left += len(place.idle); len(place.idle) > 0 && place.idle[0].since.Before(oldest) {
			oldest = place.idle[0].since
		}
	}
	if s.sweeper = nil; left > 0 && !s.closed {
		s.sweeper = time.AfterFunc(max(idleLimit-time.Since(oldest), time.Millisecond), s.sweep)
	}
}

// drop closes the idle connections to a place.
func (s *sockets) drop(place *place) {
	s.lock.Lock()
	defer s.lock.Unlock()
	place.close()
}

// close closes what is idle; the lock is held.
func (p *place) close() {
	for _, c := range p.idle {
		c.Close()
	}
	clear(p.idle)
	p.idle = p.idle[:0]
}

// close closes the idle connections; those in use are closed when they are done.
func (s *sockets) close() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.closed = true
	if s.sweeper != nil {
		s.sweeper.Stop()
		s.sweeper = nil
	}
	for _, place := range s.places {
		place.close()
	}
}
