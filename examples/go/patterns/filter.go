package main

import (
	"context"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// filter gives only the items that meet a condition. DynamoDB reads, and charges for, the others as well.
func filter(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	if err := notes.BatchPut(ctx, []Note{
		{PK: "u#1", SK: "n#1", Views: 1, Status: "open"},
		{PK: "u#1", SK: "n#2", Views: 5, Status: "open"},
		{PK: "u#1", SK: "n#3", Views: 9, Status: "closed"},
		{PK: "u#1", SK: "n#4", Views: 9, Tags: tabletheory.NewSet("pinned")},
	}); err != nil {
		return err
	}

	status, views, tags := tabletheory.Attr("status"), tabletheory.Attr("views"), tabletheory.Attr("tags")
	query := notes.Query("u#1").Filter(
		views.GTE(5),
		tabletheory.Or(status.EQ("open"), tags.Contains("pinned")))
	for note, err := range query.Items(ctx) {
		if err != nil {
			return err
		}
		fmt.Println(note.SK, note.Views)
	}
	return nil
	// endregion
}

// Output:
// n#2 5
// n#4 9
