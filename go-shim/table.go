package tabletheory

import (
	"context"
	"time"

	"github.com/tabletheory/tabletheory-go/internal/plain"
)

// Table is what the service says about a table.
type Table struct {
	Name string `json:"name"`
	// Status is `ACTIVE`, `CREATING` and so on.
	Status string `json:"status"`
	// Created is when it was created; zero when the service did not say.
	Created time.Time `json:"created"`
	// Items and Bytes are counted by the service about every six hours.
	Items *int64 `json:"items"`
	Bytes *int64 `json:"bytes"`
	// Keys is its key, Indexes its secondary indexes.
	Keys    TableKeys    `json:"keys"`
	Indexes []TableIndex `json:"indexes"`
	// TTL is the attribute that expires items; empty when there is none.
	TTL string `json:"ttl"`
	ARN string `json:"arn"`
}

// TableKeys are the key attributes of a table or an index.
type TableKeys struct {
	Partition []string `json:"partition"`
	Sort      []string `json:"sort"`
}

// TableIndex is a secondary index of a table.
type TableIndex struct {
	Name string `json:"name"`
	// Type is `GSI` or `LSI`.
	Type string `json:"type"`
	// Status is empty for a local index, which has none of its own.
	Status string    `json:"status"`
	Keys   TableKeys `json:"keys"`
}

// TableOption refines a table call.
type TableOption = CallOption

// WithoutWaiting returns before the table is ready, or gone.
func WithoutWaiting() TableOption { return func(c *call) { c.raw("wait", "false") } }

// WaitAtMost bounds the waiting for a table (default 5 minutes), and that of WaitFor.
func WaitAtMost(limit time.Duration) TableOption {
	return func(c *call) { c.value("timeout_ms", limit.Milliseconds()) }
}

// Provisioned creates the table with fixed capacity instead of on demand.
func Provisioned(read, write int64) TableOption {
	return func(c *call) { c.value("billing", map[string]int64{"read": read, "write": write}) }
}

// DeletionProtection creates the table so that it cannot be deleted.
func DeletionProtection() TableOption { return flag("deletion_protection") }

// EnsureTable creates the table of a model, with its indexes and its time to live, if it is not there.
// created says whether it was.
func (db *DB) EnsureTable(ctx context.Context, model string, options ...TableOption) (table *Table, created bool, err error) {
	table = &Table{}
	err = db.do(ctx, newCall("ensure_table", model), options, func(name string, d *plain.Decoder) (bool, error) {
		switch name {
		case "table":
			return true, d.Decode(table)
		case "created":
			return true, d.Decode(&created)
		}
		return false, nil
	})
	return table, created, err
}

// DescribeTable asks for the table of a model. An absent one is [ErrTableNotFound].
func (db *DB) DescribeTable(ctx context.Context, model string, options ...TableOption) (*Table, error) {
	table := &Table{}
	return table, db.do(ctx, newCall("describe_table", model), options, into("table", func(d *plain.Decoder) error { return d.Decode(table) }))
}

// DeleteTable deletes the table of a model, if it is there. deleted says whether it was.
func (db *DB) DeleteTable(ctx context.Context, model string, options ...TableOption) (deleted bool, err error) {
	err = db.do(ctx, newCall("delete_table", model), options, into("deleted", func(d *plain.Decoder) error { return d.Decode(&deleted) }))
	return deleted, err
}
