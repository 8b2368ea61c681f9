// Tries to update the note that the demo passes around from a stale copy, shows the conflict, and then does it right.
//
// Run it in this folder. Region, endpoint and credentials come from the environment, as AWS users expect: AWS_REGION,
// AWS_ENDPOINT_URL_DYNAMODB, AWS_ACCESS_KEY_ID, …
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/tabletheory/tabletheory-go"
)

// Note is the model of ../notes.dms.yml.
type Note struct {
	PK        string                    `tabletheory:"pk"`
	SK        string                    `tabletheory:"sk"`
	Title     string                    `tabletheory:"title"`
	Status    string                    `tabletheory:"status"`
	Views     int64                     `tabletheory:"views"`
	Tags      tabletheory.SetOf[string] `tabletheory:"tags"`
	CreatedAt time.Time                 `tabletheory:"createdAt"`
	UpdatedAt time.Time                 `tabletheory:"updatedAt"`
	Version   int64                     `tabletheory:"version"`
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "go:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	db, err := tabletheory.Open(ctx, "../notes.dms.yml", tabletheory.WithModel[Note]("Note"))
	if err != nil {
		return err
	}
	defer db.Close()
	notes := tabletheory.ModelOf[Note](db)

	note, err := notes.Find(ctx, "u#1", "n#1", tabletheory.Consistent())
	if err != nil {
		return err
	}
	if note == nil {
		note = &Note{PK: "u#1", SK: "n#1", Title: "hi"}
		if err := notes.Create(ctx, note); err != nil {
			return err
		}
		fmt.Println("go: no note yet, so it was created")
	}
	fmt.Printf("go: read the note, title %q, tags %q, version %d\n", note.Title, slices.Sorted(maps.Keys(note.Tags)), note.Version)

	stale := note.Version - 1
	_, err = notes.Update(ctx, note, tabletheory.Set("title", "from a stale copy"), tabletheory.ExpectVersion(stale), tabletheory.ReturnOldOnFailure())
	if !errors.Is(err, tabletheory.ErrVersionConflict) {
		return fmt.Errorf("the stale update ended with %v, not with a conflict", err)
	}
	var conflict *tabletheory.Error
	errors.As(err, &conflict)
	stored, err := tabletheory.OldItem[Note](conflict)
	if err != nil || stored == nil {
		return fmt.Errorf("the conflict does not carry the stored item: %w", err)
	}
	fmt.Printf("go: expecting version %d failed with %v; version %d is stored\n", stale, conflict.Codes, stored.Version)

	var stats tabletheory.Stats
	note, err = notes.Update(ctx, stored, tabletheory.Set("title", "seen by all"), tabletheory.Add("views", 1),
		tabletheory.ExpectVersion(stored.Version), tabletheory.WithStats(&stats))
	if err != nil {
		return err
	}
	fmt.Printf("go: expecting version %d went through: title %q, views %d, version %d (%d request)\n",
		stored.Version, note.Title, note.Views, note.Version, stats.Attempts)
	return nil
}
