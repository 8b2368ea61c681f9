package main

import (
	"context"
	"fmt"

	"github.com/guregu/dynamo/v2"
)

// openGuregu gives guregu/dynamo v2.
func openGuregu(ctx context.Context) (map[string]call, error) {
	cfg, err := loadConfig(ctx)
	if err != nil {
		return nil, err
	}
	db := dynamo.New(cfg)
	operations := map[string]call{}
	order, counter, document := newOrder(1), newCounter(), newDocument()
	gureguPutAndGet(operations, db.Table("orders"), "twelve", orderKey, &order)
	gureguPutAndGet(operations, db.Table("counters"), "tiny", counterKey, &counter)
	gureguPutAndGet(operations, db.Table("documents"), "large", documentKey, &document)
	table := db.Table("orders")
	operations["update.twelve"] = func(ctx context.Context) error {
		return table.Update("pk", owner).Range("sk", orderKey).Set("status", "paid").Add("items", 1).If("$ > ?", "amount", 1).Run(ctx)
	}
	for _, count := range queries {
		counted := db.Table(fmt.Sprintf("orders-%d", count))
		operations[fmt.Sprintf("query.%d", count)] = func(ctx context.Context) error {
			var orders []Order
			if err := counted.Get("pk", owner).Range("sk", dynamo.BeginsWith, prefix).All(ctx, &orders); err != nil {
				return err
			}
			return checkOrders(orders, count)
		}
	}
	orders := newOrders(25)
	batch, puts := make([]any, len(orders)), make([]*dynamo.Put, 10)
	for i := range orders {
		batch[i] = orders[i]
	}
	operations["batch_write.25"] = func(ctx context.Context) error {
		_, err := table.Batch("pk", "sk").Write().Put(batch...).Run(ctx)
		return err
	}
	operations["transact.10"] = func(ctx context.Context) error {
		transaction := db.WriteTx()
		for i := range puts {
			transaction.Put(table.Put(&orders[i]))
		}
		return transaction.Run(ctx)
	}
	return operations, nil
}

func gureguPutAndGet[T any, P item[T]](operations map[string]call, table dynamo.Table, shape, sk string, value P) {
	operations["put."+shape] = func(ctx context.Context) error { return table.Put(value).Run(ctx) }
	operations["get."+shape] = func(ctx context.Context) error {
		var read T
		if err := table.Get("pk", owner).Range("sk", dynamo.Equal, sk).One(ctx, &read); err != nil {
			return err
		}
		return P(&read).check()
	}
}
