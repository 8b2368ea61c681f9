package main

import (
	"context"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// updateExpressions changes attributes in place, without reading the item first.
func updateExpressions(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	if err := notes.Put(ctx, &Note{PK: "u#1", SK: "n#1", Title: "hi", Status: "open", Tags: tabletheory.NewSet("a", "b")}); err != nil {
		return err
	}

	note, err := notes.Update(ctx, tabletheory.Key{"u#1", "n#1"},
		tabletheory.Set("body", tabletheory.Attr("title")),                  // what another attribute holds
		tabletheory.Set("author", tabletheory.IfNotExists("author", "ada")), // unless there is one
		tabletheory.Add("views", 2),                                         // absent counts as 0
		tabletheory.Delete("tags", tabletheory.NewSet("a")),                 // elements of a set
		tabletheory.Remove("status"),                                        // the attribute
		tabletheory.If(tabletheory.Attr("status").EQ("open")),               // else ErrConditionFailed
	)
	if err != nil {
		return err
	}
	fmt.Println(note.Body, note.Author, note.Views, len(note.Tags), note.Status == "", note.Version)
	return nil
	// endregion
}

// Output:
// hi ada 2 1 true 1
