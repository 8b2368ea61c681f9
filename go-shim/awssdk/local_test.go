package awssdk

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/tabletheory/tabletheory-go"
	"github.com/tabletheory/tabletheory-go/tabletheorytest"
)

type note struct {
	PK      string `tabletheory:"pk"`
	SK      string `tabletheory:"sk"`
	Title   string `tabletheory:"title"`
	Version int64  `tabletheory:"version"`
}

func TestWithTheLocalStandIn(t *testing.T) {
	for _, name := range []string{"AWS_PROFILE", "AWS_SESSION_TOKEN"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "local")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "local")
	service := tabletheorytest.Run(t)
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", service.Endpoint)
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for name, option := range map[string]tabletheory.Option{
		"config": WithConfig(cfg), "default-config": WithDefaultConfig(), "default-credentials": WithDefaultCredentials(),
	} {
		t.Run(name, func(t *testing.T) {
			db, err := tabletheory.Open(ctx, "../../examples/notes.dms.yml", option, tabletheory.WithTablePrefix(name+"-"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, created, err := db.EnsureTable(ctx, "Note"); err != nil || !created {
				t.Fatal(created, err)
			}
			notes := tabletheory.ModelOf[note](db, "Note")
			if err := notes.Create(ctx, &note{PK: "a", SK: "b", Title: "é😀"}); err != nil {
				t.Fatal(err)
			}
			if err := notes.Create(ctx, &note{PK: "a", SK: "b"}); !errors.Is(err, tabletheory.ErrConditionFailed) {
				t.Fatal(err)
			}
			var stats tabletheory.Stats
			read, err := notes.Get(ctx, "a", "b", tabletheory.WithStats(&stats))
			if err != nil || read.Title != "é😀" || stats.RequestID == "" || stats.Attempts != 1 {
				t.Fatal(read, stats, err)
			}
			if _, err := notes.Get(ctx, "a", "c"); !errors.Is(err, tabletheory.ErrItemNotFound) {
				t.Fatal(err)
			}
		})
	}
}
