package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// putGet stores an item and reads it by its key.
func putGet(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)

	note := &Note{PK: "u#1", SK: "n#1", Title: "hi", Tags: tabletheory.NewSet("a", "b")}
	if err := notes.Put(ctx, note); err != nil { // fills in createdAt, updatedAt and version
		return err
	}

	read, err := notes.Get(ctx, "u#1", "n#1", tabletheory.Consistent())
	if err != nil {
		return err
	}
	fmt.Println(read.Title, len(read.Tags), read.CreatedAt.Equal(note.CreatedAt))

	_, err = notes.Get(ctx, "u#1", "n#2") // Find gives nil instead
	fmt.Println(errors.Is(err, tabletheory.ErrItemNotFound))
	return nil
	// endregion
}

// Output:
// hi 2 true
// true
