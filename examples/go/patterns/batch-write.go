package main

import (
	"context"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// batchWrite stores many items and deletes some. Batches are cut to the size that DynamoDB takes, and what it sends back
// unprocessed is sent again.
func batchWrite(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	var many []Note
	for n := range 60 {
		many = append(many, Note{PK: "u#1", SK: fmt.Sprintf("n#%02d", n)})
	}

	err := notes.BatchPut(ctx, many, tabletheory.Parallel(2))
	for left := tabletheory.Leftovers(err, many); len(left) > 0; left = tabletheory.Leftovers(err, left) {
		err = notes.BatchPut(ctx, left) // those that were not written, or may not have been
	}
	if err != nil {
		return err
	}

	written, err := db.BatchWrite(ctx, []tabletheory.Write{
		notes.Puts([]Note{{PK: "u#2", SK: "n#1"}}),
		notes.Deletes(tabletheory.Key{"u#1", "n#00"}, many[1]),
	})
	if err != nil {
		return err
	}
	left, err := notes.Query("u#1").Count(ctx)
	fmt.Println(written, left)
	return err
	// endregion
}

// Output:
// 3 58
