package main

import (
	"context"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// querySortKeyPrefix reads the items of one partition whose sort key begins so, the last first.
func querySortKeyPrefix(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	if err := notes.BatchPut(ctx, []Note{{PK: "u#1", SK: "n#1"}, {PK: "u#1", SK: "n#2"}, {PK: "u#1", SK: "draft#1"}, {PK: "u#2", SK: "n#1"}}); err != nil {
		return err
	}

	query := notes.Query("u#1").Where(tabletheory.Attr("sk").BeginsWith("n#")).Descending()
	for note, err := range query.Items(ctx) {
		if err != nil {
			return err
		}
		fmt.Println(note.PK, note.SK)
	}
	return nil
	// endregion
}

// Output:
// u#1 n#2
// u#1 n#1
