// Patterns of access, one to a file. `go run ./patterns put-get`, in the folder examples/go, runs one of them.
//
// Region, endpoint and credentials come from the environment, as AWS users expect: AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB,
// AWS_ACCESS_KEY_ID, …
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tabletheory/tabletheory-go"
)

// Note is the model of ../../notes.dms.yml.
type Note struct {
	PK        string                    `tabletheory:"pk"`
	SK        string                    `tabletheory:"sk"`
	Title     string                    `tabletheory:"title"`
	Body      string                    `tabletheory:"body"`
	Author    string                    `tabletheory:"author"`
	Status    string                    `tabletheory:"status"`
	Views     int64                     `tabletheory:"views"`
	Tags      tabletheory.SetOf[string] `tabletheory:"tags"`
	CreatedAt time.Time                 `tabletheory:"createdAt"`
	UpdatedAt time.Time                 `tabletheory:"updatedAt"`
	Version   int64                     `tabletheory:"version"`
}

// pattern shows one thing to do with the tables of a document.
type pattern struct {
	document string
	models   []string
	run      func(ctx context.Context, db *tabletheory.DB) error
}

const notes = "../notes.dms.yml"

var patterns = map[string]pattern{
	"put-get":               {notes, []string{"Note"}, putGet},
	"query-sort-key-prefix": {notes, []string{"Note"}, querySortKeyPrefix},
	"gsi-query":             {notes, []string{"Note"}, gsiQuery},
	"filter":                {notes, []string{"Note"}, filter},
	"paging-cursor":         {notes, []string{"Note"}, pagingCursor},
	"scan-parallel":         {notes, []string{"Note"}, scanParallel},
	"count":                 {notes, []string{"Note"}, count},
	"update-expressions":    {notes, []string{"Note"}, updateExpressions},
	"optimistic-locking":    {notes, []string{"Note"}, optimisticLocking},
	"batch-write":           {notes, []string{"Note"}, batchWrite},
	"batch-get":             {notes, []string{"Note"}, batchGet},
	"transaction":           {notes, []string{"Note"}, transaction},
	"unique-constraint":     {"../users.dms.yml", []string{"User"}, uniqueConstraint},
	"wait-for":              {notes, []string{"Note"}, waitFor},
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) != 1 || patterns[arguments[0]].run == nil {
		return fmt.Errorf("name one of the files, for instance `put-get`")
	}
	chosen := patterns[arguments[0]]
	db, err := tabletheory.Open(ctx, chosen.document, tabletheory.WithTablePrefix(arguments[0]+"-"))
	if err != nil {
		return err
	}
	defer db.Close()
	return chosen.with(ctx, db)
}

// with runs the pattern on tables that it makes.
func (p pattern) with(ctx context.Context, db *tabletheory.DB) error {
	for _, model := range p.models {
		if _, _, err := db.EnsureTable(ctx, model); err != nil {
			return err
		}
	}
	return p.run(ctx, db)
}
