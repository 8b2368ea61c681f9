package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// openSDK gives aws-sdk-go-v2 with attributevalue.
func openSDK(ctx context.Context) (map[string]call, error) {
	cfg, err := loadConfig(ctx)
	if err != nil {
		return nil, err
	}
	client := dynamodb.NewFromConfig(cfg)
	operations := map[string]call{}
	order, counter, document := newOrder(1), newCounter(), newDocument()
	sdkPutAndGet(operations, client, "twelve", "orders", orderKey, &order)
	sdkPutAndGet(operations, client, "tiny", "counters", counterKey, &counter)
	sdkPutAndGet(operations, client, "large", "documents", documentKey, &document)
	operations["update.twelve"] = func(ctx context.Context) error {
		values, err := attributevalue.MarshalMap(map[string]any{":status": "paid", ":one": 1, ":least": 1})
		if err != nil {
			return err
		}
		_, err = client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: aws.String("orders"), Key: sdkKey(orderKey),
			UpdateExpression:          aws.String("SET #status = :status ADD #items :one"),
			ConditionExpression:       aws.String("#amount > :least"),
			ExpressionAttributeNames:  map[string]string{"#status": "status", "#items": "items", "#amount": "amount"},
			ExpressionAttributeValues: values,
		})
		return err
	}
	for _, count := range queries {
		table := fmt.Sprintf("orders-%d", count)
		operations[fmt.Sprintf("query.%d", count)] = func(ctx context.Context) error {
			found, err := client.Query(ctx, &dynamodb.QueryInput{
				TableName:                &table,
				KeyConditionExpression:   aws.String("#pk = :pk AND begins_with(#sk, :sk)"),
				ExpressionAttributeNames: map[string]string{"#pk": "pk", "#sk": "sk"},
				ExpressionAttributeValues: map[string]types.AttributeValue{
					":pk": &types.AttributeValueMemberS{Value: owner}, ":sk": &types.AttributeValueMemberS{Value: prefix},
				},
			})
			if err != nil {
				return err
			}
			var orders []Order
			if err := attributevalue.UnmarshalListOfMaps(found.Items, &orders); err != nil {
				return err
			}
			return checkOrders(orders, count)
		}
	}
	orders := newOrders(25)
	operations["batch_write.25"] = func(ctx context.Context) error {
		writes := make([]types.WriteRequest, len(orders))
		for i := range orders {
			item, err := attributevalue.MarshalMap(&orders[i])
			if err != nil {
				return err
			}
			writes[i].PutRequest = &types.PutRequest{Item: item}
		}
		_, err := client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"orders": writes}})
		return err
	}
	operations["transact.10"] = func(ctx context.Context) error {
		actions := make([]types.TransactWriteItem, 10)
		for i := range actions {
			item, err := attributevalue.MarshalMap(&orders[i])
			if err != nil {
				return err
			}
			actions[i].Put = &types.Put{TableName: aws.String("orders"), Item: item}
		}
		_, err := client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: actions})
		return err
	}
	return operations, nil
}

func sdkKey(sk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: owner}, "sk": &types.AttributeValueMemberS{Value: sk}}
}

func sdkPutAndGet[T any, P item[T]](operations map[string]call, client *dynamodb.Client, shape, table, sk string, value P) {
	operations["put."+shape] = func(ctx context.Context) error {
		item, err := attributevalue.MarshalMap(value)
		if err != nil {
			return err
		}
		_, err = client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item})
		return err
	}
	operations["get."+shape] = func(ctx context.Context) error {
		found, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: sdkKey(sk)})
		if err != nil {
			return err
		}
		var read T
		if err := attributevalue.UnmarshalMap(found.Item, &read); err != nil {
			return err
		}
		return P(&read).check()
	}
}
