package main

import (
	"context"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// batchGet reads items by their keys, in the order of the keys, nil where there is none.
func batchGet(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	if err := notes.BatchPut(ctx, []Note{{PK: "u#1", SK: "n#1", Title: "one"}, {PK: "u#2", SK: "n#1", Title: "two"}}); err != nil {
		return err
	}

	keys := []any{tabletheory.Key{"u#2", "n#1"}, tabletheory.Key{"u#9", "n#9"}, Note{PK: "u#1", SK: "n#1"}}
	found, err := notes.BatchGet(ctx, keys, tabletheory.Consistent())
	if err != nil {
		return err
	}
	for _, note := range found {
		if note == nil {
			fmt.Println("none")
			continue
		}
		fmt.Println(note.Title)
	}
	return nil
	// endregion
}

// Output:
// two
// none
// one
