package tabletheory_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tt "github.com/tabletheory/tabletheory-go"
)

// peer is a server that does by hand what a test says with each request. It counts connections and whole requests.
type peer struct {
	url                   string
	connections, requests atomic.Int32
}

// behave is told which request on which connection it is (both from 1), and whether to go on with the connection.
func servePeer(t *testing.T, behave func(c net.Conn, connection, request int) bool) *peer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{url: "http://" + listener.Addr().String()}
	var all sync.WaitGroup
	t.Cleanup(func() { listener.Close(); all.Wait() })
	all.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			number := int(p.connections.Add(1))
			all.Go(func() {
				defer connection.Close()
				reader := bufio.NewReader(connection)
				for n := 1; ; n++ {
					request, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					if _, err := io.Copy(io.Discard, request.Body); err != nil {
						return
					}
					p.requests.Add(1)
					if !behave(connection, number, n) {
						return
					}
				}
			})
		}
	})
	return p
}

const emptyItem = `{"Item":{"pk":{"S":"a"},"sk":{"S":"b"},"title":{"S":"x"}}}`

func reply(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func overSockets(t *testing.T, url string, more ...tt.Option) *tt.Model[Note] {
	t.Helper()
	one := 1
	options := []tt.Option{tt.WithEndpoint(url), tt.WithRegion("eu-west-1"), tt.WithCredentials(tt.StaticCredentials("k", "s", "")), tt.WithRetry(tt.RetryMode{MaxAttempts: &one})}
	return tt.ModelOf[Note](open(t, document, append(options, more...)...))
}

func TestRepliesInEveryPiece(t *testing.T) {
	text := reply(emptyItem)
	p := servePeer(t, func(c net.Conn, _, n int) bool {
		at := n % len(text)
		_, _ = io.WriteString(c, text[:at])
		time.Sleep(200 * time.Microsecond)
		_, err := io.WriteString(c, text[at:])
		return err == nil
	})
	notes := overSockets(t, p.url)
	for range len(text) {
		if note, err := notes.Get(ctx, "a", "b"); err != nil || note.Title != "x" {
			t.Fatal(note, err)
		}
	}
	if p.connections.Load() != 1 {
		t.Errorf("%d connections", p.connections.Load())
	}
}

func TestLargeReplies(t *testing.T) {
	body := strings.Repeat("0123456789", 39_000)
	p := servePeer(t, func(c net.Conn, _, n int) bool {
		_, err := io.WriteString(c, reply(`{"Item":{"pk":{"S":"a"},"sk":{"S":"b"},"body":{"S":"`+body+`"}}}`))
		return err == nil
	})
	notes := overSockets(t, p.url)
	for range 3 {
		if note, err := notes.Get(ctx, "a", "b"); err != nil || note.Body != body {
			t.Fatal(err)
		}
	}
}

func TestClosedConnections(t *testing.T) {
	put := func(notes *tt.Model[Note]) error { return notes.Put(ctx, &Note{PK: "a", SK: "b"}) }
	t.Run("idle", func(t *testing.T) {
		p := servePeer(t, func(c net.Conn, _, _ int) bool { _, _ = io.WriteString(c, reply("{}")); return false })
		notes := overSockets(t, p.url)
		for range 5 {
			if err := put(notes); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Millisecond) // until the end of the connection is here
		}
		if p.requests.Load() != 5 || p.connections.Load() != 5 {
			t.Errorf("%d requests, %d connections", p.requests.Load(), p.connections.Load())
		}
	})
	t.Run("unasked bytes", func(t *testing.T) {
		p := servePeer(t, func(c net.Conn, _, _ int) bool {
			_, _ = io.WriteString(c, reply("{}"))
			time.Sleep(2 * time.Millisecond)
			_, err := io.WriteString(c, reply(emptyItem))
			return err == nil
		})
		notes := overSockets(t, p.url)
		for range 3 {
			if err := put(notes); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if p.connections.Load() != 3 {
			t.Errorf("%d connections", p.connections.Load())
		}
	})
	t.Run("under way", func(t *testing.T) {
		p := servePeer(t, func(c net.Conn, connection, n int) bool {
			if connection == 1 && n == 2 {
				return false
			}
			_, err := io.WriteString(c, reply("{}"))
			return err == nil
		})
		notes := overSockets(t, p.url)
		if err := put(notes); err != nil {
			t.Fatal(err)
		}
		// The request was read whole before the connection was closed: an addition must not be sent twice, nor be called done or not done.
		_, err := notes.Update(ctx, tt.Key{"a", "b"}, tt.Add("views", 1), tt.ReturnValues("NONE"))
		if failure := mustFail(t, err, tt.ErrTransport); failure.Outcome != tt.Unknown || p.requests.Load() != 2 {
			t.Errorf("%+v, %d requests", failure, p.requests.Load())
		}
		if note, err := notes.Find(ctx, "a", "b"); err != nil || note != nil || p.connections.Load() != 2 {
			t.Error(note, err)
		}
	})
	t.Run("read under way", func(t *testing.T) {
		p := servePeer(t, func(c net.Conn, connection, n int) bool {
			if connection == 1 && n == 2 {
				return false
			}
			_, err := io.WriteString(c, reply("{}"))
			return err == nil
		})
		notes := overSockets(t, p.url)
		for range 3 { // a read is sent again at once, over a new connection
			if _, err := notes.Find(ctx, "a", "b"); err != nil {
				t.Fatal(err)
			}
		}
		if p.requests.Load() != 4 || p.connections.Load() != 2 {
			t.Errorf("%d requests, %d connections", p.requests.Load(), p.connections.Load())
		}
	})
}

func TestBrokenReplies(t *testing.T) {
	for name, c := range map[string]struct {
		behave func(c net.Conn) bool
		code   tt.Code
	}{
		"nothing": {func(net.Conn) bool { return false }, tt.ErrTransport},
		"half":    {func(c net.Conn) bool { _, _ = io.WriteString(c, reply(emptyItem)[:90]); return false }, tt.ErrTransport},
		"garbage": {func(c net.Conn) bool { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.9\r\n\r\n"); return true }, tt.ErrTransport},
		"reset": {func(c net.Conn) bool {
			_, _ = io.WriteString(c, "HTTP/1.1 200")
			_ = c.(*net.TCPConn).SetLinger(0)
			return false
		}, tt.ErrTransport},
		"endless": {func(c net.Conn) bool { endlessly(c, "HTTP/1.1 200 OK\r\n", "a: b\r\n"); return false }, tt.ErrTransport},
		"too large": {func(c net.Conn) bool {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n")
			return true
		}, tt.ErrTransport},
		"silence": {func(net.Conn) bool { time.Sleep(time.Second); return false }, tt.ErrTimeout},
		"trickle": {func(c net.Conn) bool {
			for _, one := range []byte(reply(emptyItem)) {
				if _, err := c.Write([]byte{one}); err != nil {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			return false
		}, tt.ErrTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := servePeer(t, func(conn net.Conn, _, _ int) bool { return c.behave(conn) })
			limit := 400 * time.Millisecond
			if c.code != tt.ErrTimeout {
				limit = 20 * time.Second
			}
			_, err := overSockets(t, p.url, tt.WithAttemptTimeouts(0, limit)).Update(ctx, tt.Key{"a", "b"}, tt.Add("views", 1))
			failure := mustFail(t, err, c.code)
			if failure.Outcome != tt.Unknown || p.requests.Load() != 1 {
				t.Errorf("%+v, %d requests", failure, p.requests.Load())
			}
		})
	}
}

func endlessly(c net.Conn, first, again string) {
	_, err := io.WriteString(c, first)
	for err == nil {
		_, err = io.WriteString(c, again)
	}
}

func TestCancellationOfSockets(t *testing.T) {
	p := servePeer(t, func(c net.Conn, connection, n int) bool {
		if n == 2 {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
			_, _ = c.Read(make([]byte, 1)) // until it is closed
			return false
		}
		_, err := io.WriteString(c, reply("{}"))
		return err == nil
	})
	notes := overSockets(t, p.url)
	if _, err := notes.Find(ctx, "a", "b"); err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	failure := mustFail(t, notes.Put(limited, &Note{PK: "a", SK: "b"}), tt.ErrTimeout)
	if failure.Outcome != tt.Unknown || !errors.Is(failure, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
		t.Errorf("%+v after %v", failure, time.Since(start))
	}
	if _, err := notes.Find(ctx, "a", "b"); err != nil || p.connections.Load() != 2 {
		t.Error(err, p.connections.Load())
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if failure := mustFail(t, notes.Put(canceled, &Note{PK: "a", SK: "b"}), tt.ErrCanceled); failure.Outcome != tt.NotSent || !errors.Is(failure, context.Canceled) {
		t.Errorf("%+v", failure)
	}
}

func TestNoConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	foreign := httptest.NewUnstartedServer(http.NotFoundHandler())
	foreign.Config.ErrorLog = log.New(io.Discard, "", 0)
	foreign.StartTLS()
	defer foreign.Close()
	for _, url := range []string{"http://" + listener.Addr().String(), "http://host.invalid:1", foreign.URL} {
		failure := mustFail(t, overSockets(t, url).Put(ctx, &Note{PK: "a", SK: "b"}), tt.ErrTransport)
		if failure.Outcome == tt.Unknown {
			t.Errorf("%s: %+v", url, failure)
		}
	}
}

func TestTLSWithCertificatesOfOnesOwn(t *testing.T) {
	var connections atomic.Int32
	service := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, emptyItem) }))
	service.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	service.StartTLS()
	defer service.Close()
	roots := x509.NewCertPool()
	roots.AddCert(service.Certificate())
	for name, option := range map[string][]tt.Option{"sockets": nil, "http": {tt.WithHTTP()}} {
		connections.Store(0)
		notes := overSockets(t, service.URL, append(option, tt.WithTLS(&tls.Config{RootCAs: roots}))...)
		for range 5 {
			if note, err := notes.Get(ctx, "a", "b"); err != nil || note.Title != "x" {
				t.Fatal(name, note, err)
			}
		}
		if connections.Load() != 1 {
			t.Errorf("%s: %d connections", name, connections.Load())
		}
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	p := servePeer(t, func(c net.Conn, _, _ int) bool {
		time.Sleep(time.Millisecond)
		_, err := io.WriteString(c, reply(emptyItem))
		return err == nil
	})
	notes := overSockets(t, p.url, tt.WithMaxConnections(3))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 10 {
				if _, err := notes.Get(ctx, "a", "b"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if p.connections.Load() > 3 {
		t.Errorf("%d connections", p.connections.Load())
	}
	slow := servePeer(t, func(c net.Conn, _, _ int) bool { time.Sleep(300 * time.Millisecond); return false })
	busy := overSockets(t, slow.url, tt.WithMaxConnections(1), tt.WithAttemptTimeouts(0, 100*time.Millisecond))
	all.Go(func() { _, _ = busy.Get(ctx, "a", "b") })
	time.Sleep(30 * time.Millisecond)
	limited, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
	defer cancel()
	if failure := mustFail(t, busy.Put(limited, &Note{PK: "a", SK: "b"})); failure.Outcome == tt.Unknown {
		t.Errorf("%+v", failure)
	}
	all.Wait()
}

// A proxy in the environment is read once per process, so this runs in one of its own.
func TestAProxyIsUsed(t *testing.T) {
	if os.Getenv("TABLETHEORY_TEST_PROXY") != "" {
		one := 1
		notes := tt.ModelOf[Note](open(t, document, tt.WithEndpoint("http://dynamodb.invalid"), tt.WithRegion("eu-west-1"),
			tt.WithCredentials(tt.StaticCredentials("k", "s", "")), tt.WithRetry(tt.RetryMode{MaxAttempts: &one})))
		if note, err := notes.Get(ctx, "a", "b"); err != nil || note.Title != "x" {
			t.Fatal(note, err)
		}
		return
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "dynamodb.invalid" {
			_, _ = io.WriteString(w, emptyItem)
		}
	}))
	defer proxy.Close()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := exec.Command(program, "-test.run=^TestAProxyIsUsed$")
	run.Env = append(os.Environ(), "TABLETHEORY_TEST_PROXY=1", "HTTP_PROXY="+proxy.URL, "NO_PROXY=")
	if said, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}
