// Start to first reply with aws-sdk-go-v2 and attributevalue.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
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
	found, err := dynamodb.NewFromConfig(cfg).GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String("orders"),
		Key: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "user#1001"}, "sk": &types.AttributeValueMemberS{Value: "order#2026-01-02#0001"},
		},
	})
	check(err)
	var read order
	check(attributevalue.UnmarshalMap(found.Item, &read))
	if read.Amount != 1299.95 {
		panic("not the item")
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
