package main

import (
	"context"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// scanParallel reads a whole table in four segments, two of them at a time, and says how far it has come.
func scanParallel(ctx context.Context, db *tabletheory.DB) error {
	// region
	notes := tabletheory.ModelOf[Note](db)
	var many []Note
	for n := range 100 {
		many = append(many, Note{PK: fmt.Sprint("u#", n), SK: "n#1"})
	}
	if err := notes.BatchPut(ctx, many); err != nil {
		return err
	}

	var last tabletheory.Progress
	found, err := notes.Scan().Segments(4).Parallel(2).
		OnProgress(func(now tabletheory.Progress) { last = now }).
		All(ctx)
	if err != nil {
		return err
	}
	fmt.Println(len(found), "notes,", last.SegmentsDone, "of", last.Segments, "segments")
	return nil
	// endregion
}

// Output:
// 100 notes, 4 of 4 segments
