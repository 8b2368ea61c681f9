// The least that Go can do: one request over a socket, one reply.
package main

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"strings"
)

func main() {
	text, err := os.ReadFile(os.Getenv("BENCH_FLOOR"))
	check(err)
	var requests map[string]string
	check(json.Unmarshal(text, &requests))
	connection, err := net.Dial("tcp", strings.TrimPrefix(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"), "http://"))
	check(err)
	_, err = connection.Write([]byte(requests["get.twelve"]))
	check(err)
	reply := make([]byte, 64<<10)
	read, err := connection.Read(reply)
	check(err)
	if !bytes.Contains(reply[:read], []byte("1299.95")) {
		panic("not the item")
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
