package main

import (
	"context"
	"os"

	"github.com/tabletheory/tabletheory-go"
)

// openOurs gives TableTheory with its default transport.
func openOurs(ctx context.Context) (map[string]call, error) {
	db, err := tabletheory.Open(ctx, os.Getenv("BENCH_SCHEMA"))
	if err != nil {
		return nil, err
	}
	operations := map[string]call{}
	order, counter, document := newOrder(1), newCounter(), newDocument()
	ourPutAndGet(operations, tabletheory.ModelOf[Order](db), "twelve", orderKey, &order)
	ourPutAndGet(operations, tabletheory.ModelOf[Counter](db), "tiny", counterKey, &counter)
	ourPutAndGet(operations, tabletheory.ModelOf[Document](db), "large", documentKey, &document)
	orders := tabletheory.ModelOf[Order](db)
	operations["update.twelve"] = func(ctx context.Context) error {
		_, err := orders.Update(ctx, tabletheory.Key{owner, orderKey}, tabletheory.Set("status", "paid"), tabletheory.Add("items", 1),
			tabletheory.If(tabletheory.Attr("amount").GT(1)), tabletheory.ReturnValues("NONE"))
		return err
	}
	return operations, nil
}

func ourPutAndGet[T any, P item[T]](operations map[string]call, model *tabletheory.Model[T], shape, sk string, value P) {
	operations["put."+shape] = func(ctx context.Context) error { return model.Put(ctx, value) }
	operations["get."+shape] = func(ctx context.Context) error {
		read, err := model.Get(ctx, owner, sk)
		if err != nil {
			return err
		}
		return P(read).check()
	}
}
