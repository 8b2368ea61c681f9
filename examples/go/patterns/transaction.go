package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// transaction carries out several writes, or none of them.
func transaction(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	counter := &Note{PK: "u#1", SK: "counter"}
	if err := notes.Put(ctx, counter); err != nil {
		return err
	}

	add := func(name string) error {
		return db.Transact(ctx, []tabletheory.Action{
			notes.CreateAction(&Note{PK: "u#1", SK: name}),
			notes.UpdateAction(counter, tabletheory.Add("views", 1)),
			notes.CheckAction(tabletheory.Key{"u#1", "lock"}, tabletheory.If(tabletheory.Attr("pk").NotExists())),
		})
	}
	if err := add("n#1"); err != nil {
		return err
	}
	err := add("n#1") // is there already, so nothing is counted
	var failure *tabletheory.Error
	if !errors.As(err, &failure) {
		return fmt.Errorf("not refused: %w", err)
	}
	fmt.Println(errors.Is(err, tabletheory.ErrConditionFailed), failure.Reasons[0].Index)

	read, err := notes.Get(ctx, counter, tabletheory.Consistent())
	if err != nil {
		return err
	}
	fmt.Println(read.Views)
	return nil
	// endregion
}

// Output:
// true 0
// 1
