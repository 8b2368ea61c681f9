package main

import (
	"context"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// gsiQuery reads a global secondary index: the notes of an author, the oldest first.
func gsiQuery(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	for _, note := range []Note{
		{PK: "u#1", SK: "n#1", Author: "ada", Title: "first"},
		{PK: "u#2", SK: "n#1", Author: "bob", Title: "other"},
		{PK: "u#3", SK: "n#1", Author: "ada", Title: "second"},
	} {
		if err := notes.Put(ctx, &note); err != nil {
			return err
		}
	}

	found, err := notes.Query("ada").Index("by-author").All(ctx)
	if err != nil {
		return err
	}
	for _, note := range found {
		fmt.Println(note.Author, note.Title)
	}
	return nil
	// endregion
}

// Output:
// ada first
// ada second
