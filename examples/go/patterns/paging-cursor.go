package main

import (
	"context"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// pagingCursor gives pages of two items. The cursor is text: it can be handed to a client and comes back with the next request.
func pagingCursor(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	var five []Note
	for n := range 5 {
		five = append(five, Note{PK: "u#1", SK: fmt.Sprint("n#", n)})
	}
	if err := notes.BatchPut(ctx, five); err != nil {
		return err
	}

	for cursor := ""; ; {
		page, err := notes.Query("u#1").Limit(2).Page(ctx, cursor)
		if err != nil {
			return err
		}
		for _, note := range page.Items {
			fmt.Print(note.SK, " ")
		}
		fmt.Println()
		if cursor = page.Cursor; cursor == "" {
			return nil
		}
	}
	// endregion
}

// Output:
// n#0 n#1
// n#2 n#3
// n#4
