package tabletheory

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// server answers each connection by hand.
func server(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				request, err := http.ReadRequest(bufio.NewReader(connection))
				if err == nil {
					_, _ = io.Copy(io.Discard, request.Body)
					answer(connection)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return "http://" + listener.Addr().String()
}

func TestHTTPSendsExactlyWhatItIsGiven(t *testing.T) {
	var got *http.Request
	var body []byte
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("x-amzn-requestid", "R1")
		w.WriteHeader(418)
		_, _ = w.Write([]byte("\xff{}"))
	}))
	defer echo.Close()
	transport := NewHTTPTransport(0, 0)
	defer transport.CloseIdle()
	sent := "{\"é\":\"\\u0000\"}"
	response, err := transport.Send(context.Background(), &Request{
		URL: echo.URL + "/path", Head: "content-type: application/x-amz-json-1.0\r\nX-Amz-Target: T\r\nuser-agent: me\r\naccept-encoding: identity\r\n",
		Body: []byte(sent),
	})
	if err != nil || response.Status != 418 || string(response.Body) != "\xff{}" {
		t.Fatalf("%+v %v", response, err)
	}
	if !strings.Contains(string(response.Head), "X-Amzn-Requestid: R1\r\n") {
		t.Errorf("%q", response.Head)
	}
	if got.Method != "POST" || got.URL.Path != "/path" || string(body) != sent || got.ContentLength != int64(len(sent)) {
		t.Errorf("%+v %q", got, body)
	}
	names := []string{}
	for name := range got.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"Accept-Encoding", "Content-Length", "Content-Type", "User-Agent", "X-Amz-Target"}; !slices.Equal(names, want) || got.Header.Get("User-Agent") != "me" {
		t.Errorf("%v", got.Header)
	}
}

func TestHTTPAgainstHostileServers(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(net.Conn)
		kind   FailureKind
	}{
		"closes at once":  {func(c net.Conn) {}, Broken},
		"closes midway":   {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"It") }, Broken},
		"broken chunks":   {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") }, Broken},
		"not HTTP":        {func(c net.Conn) { fmt.Fprint(c, "SSH-2.0-OpenSSH_9.9\r\n\r\n") }, Broken},
		"claims too much": {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n") }, Broken},
		"negative length": {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n") }, Broken},
		"never answers":   {func(c net.Conn) { time.Sleep(2 * time.Second) }, TimedOut},
		"stops in between": {func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
			time.Sleep(2 * time.Second)
		}, TimedOut},
		"endless headers": {func(c net.Conn) { endless(c, "HTTP/1.1 200 OK\r\n", "a: b\r\n") }, Broken},
		"endless body":    {func(c net.Conn) { endless(c, "HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 1<<20)) }, Broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := 500 * time.Millisecond
			if c.kind == Broken {
				limit = 20 * time.Second
			}
			transport := NewHTTPTransport(time.Second, limit)
			response, err := transport.Send(context.Background(), &Request{URL: server(t, c.answer), Body: []byte("{}")})
			var failure *TransportError
			if !errors.As(err, &failure) || failure.Kind != c.kind {
				t.Fatalf("%+v %v", response, err)
			}
		})
	}
}

func endless(c net.Conn, first, again string) {
	_, err := io.WriteString(c, first)
	for err == nil {
		_, err = io.WriteString(c, again)
	}
}

func TestHTTPWithoutConnection(t *testing.T) {
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS() // its certificate is nobody's
	defer tls.Close()
	for _, url := range []string{closedPort(t), "http://host.invalid:1", tls.URL} {
		_, err := NewHTTPTransport(0, 0).Send(context.Background(), &Request{URL: url})
		var failure *TransportError
		if !errors.As(err, &failure) || failure.Kind != Connect {
			t.Errorf("%s: %v", url, err)
		}
	}
	_, err := NewHTTPTransport(0, 0).Send(context.Background(), &Request{URL: "://"})
	var failure *TransportError
	if !errors.As(err, &failure) || failure.Kind != Refused {
		t.Error(err)
	}
}

func TestHTTPFollowsNoRedirect(t *testing.T) {
	url := server(t, func(c net.Conn) {
		fmt.Fprint(c, "HTTP/1.1 307 No\r\nLocation: http://host.invalid/\r\nContent-Length: 0\r\n\r\n")
	})
	response, err := NewHTTPTransport(0, 0).Send(context.Background(), &Request{URL: url})
	if err != nil || response.Status != 307 {
		t.Fatal(response, err)
	}
}

func TestHTTPEndsWithTheContext(t *testing.T) {
	url := server(t, func(net.Conn) { time.Sleep(5 * time.Second) })
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := NewHTTPTransport(0, 0).Send(ctx, &Request{URL: url}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Error(took)
	}
}

func TestHTTPKeepsConnections(t *testing.T) {
	connections := 0
	quick := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("{}")) }))
	quick.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections++
		}
	}
	quick.Start()
	defer quick.Close()
	transport := NewHTTPTransport(0, 0)
	for range 20 {
		if _, err := transport.Send(context.Background(), &Request{URL: quick.URL}); err != nil {
			t.Fatal(err)
		}
	}
	if connections != 1 {
		t.Errorf("%d connections", connections)
	}
}

func TestCredentialsFromTheEnvironment(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "token")
	found, err := environment(context.Background())
	if err != nil || found != (Credentials{AccessKeyID: "key", SecretAccessKey: "secret", SessionToken: "token"}) {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v %s", found, found, found, found); strings.Contains(text, "secret") || strings.Contains(text, "token") {
		t.Error(text)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	if _, err := environment(context.Background()); err == nil || !strings.Contains(err.Error(), "awssdk") {
		t.Error(err)
	}
}
