package main

import (
	"fmt"
	"strings"
)

// The items of the measurements as a Go user has them. The stub compares them with its own.

// Order has twelve attributes.
type Order struct {
	PK      string            `dynamodbav:"pk" dynamo:"pk,hash"`
	SK      string            `dynamodbav:"sk" dynamo:"sk,range"`
	Status  string            `dynamodbav:"status" dynamo:"status"`
	Note    string            `dynamodbav:"note" dynamo:"note"`
	Amount  float64           `dynamodbav:"amount" dynamo:"amount"`
	Items   int               `dynamodbav:"items" dynamo:"items"`
	Weight  float64           `dynamodbav:"weight" dynamo:"weight"`
	Paid    bool              `dynamodbav:"paid" dynamo:"paid"`
	Lines   []string          `dynamodbav:"lines" dynamo:"lines"`
	Address map[string]string `dynamodbav:"address" dynamo:"address"`
	Tags    []string          `dynamodbav:"tags,stringset" dynamo:"tags,set"`
	Label   []byte            `dynamodbav:"label" dynamo:"label"`
}

// Counter is tiny.
type Counter struct {
	PK    string `dynamodbav:"pk" dynamo:"pk,hash"`
	SK    string `dynamodbav:"sk" dynamo:"sk,range"`
	Count int    `dynamodbav:"count" dynamo:"count"`
}

// Line is a part of a Document.
type Line struct {
	SKU      string   `dynamodbav:"sku" dynamo:"sku"`
	Title    string   `dynamodbav:"title" dynamo:"title"`
	Quantity int      `dynamodbav:"quantity" dynamo:"quantity"`
	Price    float64  `dynamodbav:"price" dynamo:"price"`
	Marks    []string `dynamodbav:"marks" dynamo:"marks"`
}

// Document has about 100 KB.
type Document struct {
	PK    string `dynamodbav:"pk" dynamo:"pk,hash"`
	SK    string `dynamodbav:"sk" dynamo:"sk,range"`
	Body  string `dynamodbav:"body" dynamo:"body"`
	Lines []Line `dynamodbav:"lines" dynamo:"lines"`
}

const (
	owner       = "user#1001"
	orderKey    = "order#2026-01-02#0001"
	counterKey  = "counter#0001"
	documentKey = "document#0001"
	prefix      = "order#"
)

var queries = []int{1, 100, 1000}

func newOrder(index int) Order {
	label := make([]byte, 16)
	for i := range label {
		label[i] = byte(i + 1)
	}
	return Order{
		PK: owner, SK: fmt.Sprintf("order#2026-01-02#%04d", index), Status: "shipped", Note: "left at the door, second floor",
		Amount: 1299.95, Items: 3, Weight: 12.5, Paid: true, Lines: []string{"sku-1", "sku-22", "sku-333"},
		Address: map[string]string{"city": "Basel", "zip": "4051"}, Tags: []string{"gift", "express"}, Label: label,
	}
}

func newOrders(count int) []Order {
	orders := make([]Order, count)
	for i := range orders {
		orders[i] = newOrder(i)
	}
	return orders
}

func newCounter() Counter { return Counter{PK: owner, SK: counterKey, Count: 42} }

func newDocument() Document {
	const sentence = "The courier said \"left at the door\", second floor.\nNext to the plants, für später. "
	lines := make([]Line, 300)
	for i := range lines {
		lines[i] = Line{
			SKU: fmt.Sprintf("sku-%05d", i), Title: fmt.Sprintf("A thing of some use, number %05d, in its usual box", i),
			Quantity: i, Price: float64(i) + 0.5, Marks: []string{"fragile", "blue"},
		}
	}
	return Document{PK: owner, SK: documentKey, Body: strings.Repeat(sentence, 480), Lines: lines}
}

// The checks fail unless the item was read to its last attribute. They run with every call.

func (o *Order) check() error {
	if o == nil || o.Amount != 1299.95 || len(o.Label) != 16 {
		return fmt.Errorf("not the order: %+v", o)
	}
	return nil
}

func (c *Counter) check() error {
	if c == nil || c.Count != 42 {
		return fmt.Errorf("not the counter: %+v", c)
	}
	return nil
}

func (d *Document) check() error {
	if d == nil || len(d.Lines) != 300 || d.Lines[299].Price != 299.5 {
		return fmt.Errorf("not the document")
	}
	return nil
}

func checkOrders(orders []Order, count int) error {
	if len(orders) != count {
		return fmt.Errorf("%d items instead of %d", len(orders), count)
	}
	return orders[count-1].check()
}

// item is what the measured types have in common.
type item[T any] interface {
	*T
	check() error
}
