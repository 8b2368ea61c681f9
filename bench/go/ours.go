package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/tabletheory/tabletheory-go"
)

// openOurs gives TableTheory with its default transport.
func openOurs(ctx context.Context) (map[string]call, error) {
	db, err := tabletheory.Open(ctx, os.Getenv("BENCH_SCHEMA"))
	if err != nil {
		return nil, err
	}
	return ourOperations(db), nil
}

func ourOperations(db *tabletheory.DB) map[string]call {
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
	for _, count := range queries {
		counted := tabletheory.ModelOf[Order](db, fmt.Sprintf("Order%d", count))
		operations[fmt.Sprintf("query.%d", count)] = func(ctx context.Context) error {
			found, err := counted.Query(owner).Where(tabletheory.Attr("sk").BeginsWith(prefix)).All(ctx)
			if err != nil {
				return err
			}
			return checkOrders(found, count)
		}
	}
	batch := newOrders(25)
	operations["batch_write.25"] = func(ctx context.Context) error { return orders.BatchPut(ctx, batch) }
	operations["transact.10"] = func(ctx context.Context) error {
		actions := make([]tabletheory.Action, 10)
		for i := range actions {
			actions[i] = orders.PutAction(&batch[i])
		}
		return db.Transact(ctx, actions)
	}
	return operations
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

// openInside gives TableTheory without a network: each operation is answered at once with the bytes that came back the first time.
func openInside(ctx context.Context) (map[string]call, error) {
	transport := &atOnce{answers: map[string]*tabletheory.Response{}}
	db, err := tabletheory.Open(ctx, os.Getenv("BENCH_SCHEMA"), tabletheory.WithTransport(transport))
	if err != nil {
		return nil, err
	}
	operations := ourOperations(db)
	for name, do := range operations {
		operations[name] = func(ctx context.Context) error {
			if transport.current != name { // several calls at once are of one operation
				transport.current = name
			}
			return do(ctx)
		}
	}
	return operations, nil
}

type atOnce struct {
	current string
	answers map[string]*tabletheory.Response
}

func (a *atOnce) Send(ctx context.Context, request *tabletheory.Request) (*tabletheory.Response, error) {
	if known := a.answers[a.current]; known != nil {
		return known, nil
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, request.URL, bytes.NewReader(request.Body))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(request.Head) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		post.Header.Set(name, value)
	}
	reply, err := http.DefaultClient.Do(post)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	a.answers[a.current] = &tabletheory.Response{Status: reply.StatusCode, Body: body}
	return a.answers[a.current], err
}
