package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync"
)

// openFloor gives the floor: the bytes of a request written to a socket, the bytes of the reply read from it, nothing else.
func openFloor(context.Context) (map[string]call, error) {
	endpoint, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(os.Getenv("BENCH_FLOOR"))
	if err != nil {
		return nil, err
	}
	var requests map[string]string
	if err := json.Unmarshal(text, &requests); err != nil {
		return nil, err
	}
	pool := &floorPool{address: endpoint.Host}
	operations := map[string]call{}
	for name, text := range requests {
		request := []byte(text)
		operations[name] = func(context.Context) error { return pool.exchange(request) }
	}
	return operations, nil
}

type floorConnection struct {
	net.Conn
	buffer []byte
}

type floorPool struct {
	address string
	mutex   sync.Mutex
	idle    []*floorConnection
}

func (p *floorPool) take() (*floorConnection, error) {
	p.mutex.Lock()
	if last := len(p.idle) - 1; last >= 0 {
		connection := p.idle[last]
		p.idle = p.idle[:last]
		p.mutex.Unlock()
		return connection, nil
	}
	p.mutex.Unlock()
	connection, err := net.Dial("tcp", p.address)
	return &floorConnection{connection, make([]byte, 64<<10)}, err
}

func (p *floorPool) exchange(request []byte) error {
	connection, err := p.take()
	if err != nil {
		return err
	}
	if _, err = connection.Write(request); err != nil {
		return err
	}
	// The stub sends a head in one piece.
	read, err := connection.Read(connection.buffer)
	if err != nil {
		return err
	}
	received := connection.buffer[:read]
	if !bytes.HasPrefix(received, []byte("HTTP/1.1 200")) {
		return fmt.Errorf("floor: %s", received)
	}
	_, length, _ := bytes.Cut(received, []byte("Content-Length: "))
	length, _, _ = bytes.Cut(length, []byte("\r"))
	body, err := strconv.Atoi(string(length))
	if err != nil {
		return err
	}
	for missing := bytes.Index(received, []byte("\r\n\r\n")) + 4 + body - read; missing > 0; missing -= read {
		if read, err = connection.Read(connection.buffer); err != nil {
			return err
		}
	}
	p.mutex.Lock()
	p.idle = append(p.idle, connection)
	p.mutex.Unlock()
	return nil
}
