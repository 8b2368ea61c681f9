package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tabletheory/tabletheory-go"
)

// waitFor reads until a write can be seen: in an index, or one of another process.
func waitFor(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	note := &Note{PK: "u#1", SK: "n#1", Author: "ada", Status: "open"}
	if err := notes.Put(ctx, note); err != nil {
		return err
	}

	seen, err := notes.WaitFor(ctx, note, tabletheory.OnIndex("by-author"), tabletheory.Until(tabletheory.Attr("status").EQ("open")))
	if err != nil {
		return err
	}
	fmt.Println(seen.SK, seen.Status)

	_, err = notes.WaitFor(ctx, "u#1", "n#2", tabletheory.WaitAtMost(50*time.Millisecond))
	fmt.Println(errors.Is(err, tabletheory.ErrTimeout))
	return nil
	// endregion
}

// Output:
// n#1 open
// true
