// Start to first reply with TableTheory; the compiled core is in the cache after the first run.
package main

import (
	"context"
	"os"

	"github.com/tabletheory/tabletheory-go"
)

type order struct {
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

func main() {
	ctx := context.Background()
	db, err := tabletheory.Open(ctx, os.Getenv("BENCH_SCHEMA"))
	check(err)
	read, err := tabletheory.ModelOf[order](db, "Order").Get(ctx, "user#1001", "order#2026-01-02#0001")
	check(err)
	if read.Amount != 1299.95 {
		panic("not the item")
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
