// Start to first reply with guregu/dynamo.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/guregu/dynamo/v2"
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
	cfg, err := config.LoadDefaultConfig(ctx)
	check(err)
	var read order
	check(dynamo.New(cfg).Table("orders").Get("pk", "user#1001").Range("sk", dynamo.Equal, "order#2026-01-02#0001").One(ctx, &read))
	if read.Amount != 1299.95 {
		panic("not the item")
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
