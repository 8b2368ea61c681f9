package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// optimisticLocking lets an update through only if nobody else has changed the item since it was read.
func optimisticLocking(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	if err := notes.Put(ctx, &Note{PK: "u#1", SK: "n#1", Title: "hi"}); err != nil {
		return err
	}
	mine, err := notes.Get(ctx, "u#1", "n#1")
	if err != nil {
		return err
	}
	yours := *mine

	if _, err := notes.Update(ctx, mine, tabletheory.Set("title", "mine"), tabletheory.ExpectVersion(mine.Version)); err != nil {
		return err
	}
	_, err = notes.Update(ctx, &yours, tabletheory.Set("title", "yours"),
		tabletheory.ExpectVersion(yours.Version), tabletheory.ReturnOldOnFailure())
	fmt.Println(errors.Is(err, tabletheory.ErrVersionConflict), errors.Is(err, tabletheory.ErrConditionFailed))

	stored, err := tabletheory.OldItem[Note](err) // what is there: no need to read it again
	if err != nil || stored == nil {
		return errors.Join(errors.New("the conflict has no item"), err)
	}
	fmt.Println(stored.Title, stored.Version)
	return nil
	// endregion
}

// Output:
// true true
// mine 1
