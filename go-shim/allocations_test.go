//go:build !race

package tabletheory_test

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	tt "github.com/tabletheory/tabletheory-go"
)

// Order has the twelve attributes of the measurements.
type Order struct {
	PK      string            `tabletheory:"pk"`
	SK      string            `tabletheory:"sk"`
	Status  string            `tabletheory:"status"`
	Note    string            `tabletheory:"note"`
	Amount  float64           `tabletheory:"amount"`
	Items   int               `tabletheory:"items"`
	Weight  float64           `tabletheory:"weight"`
	Paid    bool              `tabletheory:"paid"`
	Lines   []string          `tabletheory:"lines"`
	Address map[string]string `tabletheory:"address"`
	Tags    []string          `tabletheory:"tags"`
	Label   []byte            `tabletheory:"label"`
}

// Text is a large one.
type Text struct {
	PK   string `tabletheory:"pk"`
	SK   string `tabletheory:"sk"`
	Body string `tabletheory:"body"`
}

const storedOrder = `{"pk":{"S":"user#1"},"sk":{"S":"order#1"},"status":{"S":"shipped"},"note":{"S":"left at the door, second floor"},` +
	`"amount":{"N":"1299.95"},"items":{"N":"3"},"weight":{"N":"12.5"},"paid":{"BOOL":true},"lines":{"L":[{"S":"sku-1"},{"S":"sku-22"},` +
	`{"S":"sku-333"}]},"address":{"M":{"city":{"S":"Basel"},"zip":{"S":"4051"}}},"tags":{"SS":["express","gift"]},` +
	`"label":{"B":"AQIDBAUGBwgJCgsMDQ4PEA=="}}`

// serveOrders answers over sockets without allocating anything itself, so that what is counted is the client's.
func serveOrders(t *testing.T) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	reply := func(body string) []byte {
		return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nx-amzn-requestid: R1\r\ncontent-length: %d\r\n\r\n%s", len(body), body)
	}
	hundred := strings.TrimSuffix(strings.Repeat(storedOrder+",", 100), ",")
	written, read := reply(`{}`), reply(`{"Item":`+storedOrder+`}`)
	found := reply(`{"Items":[` + hundred + `],"Count":100,"ScannedCount":100}`)
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		defer connection.Close()
		buffer := make([]byte, 1<<18)
		for {
			filled := 0
			for !whole(buffer[:filled]) {
				n, err := connection.Read(buffer[filled:])
				if err != nil {
					return
				}
				filled += n
			}
			answer := written
			if bytes.Contains(buffer[:filled], []byte(".GetItem")) {
				answer = read
			} else if bytes.Contains(buffer[:filled], []byte(".Query")) {
				answer = found
			}
			if _, err := connection.Write(answer); err != nil {
				return
			}
		}
	}()
	return "http://" + listener.Addr().String()
}

func whole(message []byte) bool {
	head, body, found := bytes.Cut(message, []byte("\r\n\r\n"))
	if !found {
		return false
	}
	_, length, _ := bytes.Cut(head, []byte("content-length: "))
	length, _, _ = bytes.Cut(length, []byte("\r"))
	size, err := strconv.Atoi(string(length))
	return err == nil && len(body) == size
}

// What a call allocates, over sockets as by default, from the values of a program and back. The bounds are what it takes and a little
// room: one more per attribute or per item breaks them.
func TestAllocations(t *testing.T) {
	db := open(t, "../bench/bench.dms.yml", tt.WithRegion("eu-west-1"), tt.WithEndpoint(serveOrders(t)), tt.WithCredentials(tt.StaticCredentials("k", "s", "")))
	orders := tt.ModelOf[Order](db)
	texts, text := tt.ModelOf[Text](db, "Document"), Text{PK: "user#1", SK: "text#1", Body: strings.Repeat("some text ", 10_000)}
	order := Order{
		PK: "user#1", SK: "order#1", Status: "shipped", Note: "left at the door, second floor", Amount: 1299.95, Items: 3, Weight: 12.5, Paid: true,
		Lines: []string{"sku-1", "sku-22", "sku-333"}, Address: map[string]string{"city": "Basel", "zip": "4051"}, Tags: []string{"express", "gift"},
		Label: make([]byte, 16),
	}
	for _, c := range []struct {
		name   string
		atMost float64
		call   func() error
	}{
		{"put", 5, func() error { return orders.Put(ctx, &order) }},
		// Its buffers are kept for the next one.
		{"put of 100 KB", 5, func() error { return texts.Put(ctx, &text) }},
		{"get", 15, func() error {
			read, err := orders.Get(ctx, "user#1", "order#1")
			if err == nil && (read.Amount != 1299.95 || len(read.Label) != 16) {
				err = fmt.Errorf("read %+v", read)
			}
			return err
		}},
		{"query of 100", 560, func() error {
			found, err := orders.Query("user#1").All(ctx)
			if err == nil && len(found) != 100 {
				err = fmt.Errorf("%d items", len(found))
			}
			return err
		}},
	} {
		var failure error
		allocated := testing.AllocsPerRun(50, func() {
			if err := c.call(); err != nil {
				failure = err
			}
		})
		if failure != nil {
			t.Fatal(c.name, failure)
		}
		t.Logf("%s: %.0f allocations", c.name, allocated)
		if allocated > c.atMost {
			t.Errorf("%s: %.0f allocations, more than %.0f", c.name, allocated, c.atMost)
		}
	}
}
