package main

import (
	"context"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// count counts items without sending them. DynamoDB charges for reading them all the same.
func count(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	if err := notes.BatchPut(ctx, []Note{{PK: "u#1", SK: "n#1", Views: 1}, {PK: "u#1", SK: "n#2", Views: 3}, {PK: "u#2", SK: "n#1"}}); err != nil {
		return err
	}

	all, err := notes.Query("u#1").Count(ctx)
	if err != nil {
		return err
	}
	popular, err := notes.Query("u#1").Filter(tabletheory.Attr("views").GT(2)).Count(ctx)
	if err != nil {
		return err
	}
	fmt.Println(all, popular)
	return nil
	// endregion
}

// Output:
// 2 1
