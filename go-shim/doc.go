// Package tabletheory is a DynamoDB data layer that behaves the same in Go, Node, Python and Rust.
//
// A schema document says what a model is; one core, embedded as WebAssembly, says what every operation means.
// This package turns Go values into calls, moves bytes, and decides nothing about DynamoDB.
//
//	db, err := tabletheory.Open(ctx, "notes.dms.yml")
//	notes := tabletheory.ModelOf[Note](db)
//	err = notes.Create(ctx, &Note{PK: "u#1", SK: "n#1", Title: "hi"})
//	note, err := notes.Get(ctx, "u#1", "n#1")
//	note, err = notes.Update(ctx, note, tabletheory.Set("title", "ho"), tabletheory.ExpectVersion(note.Version))
//
// The core is compiled to machine code when the first DB is opened, and kept in the user's cache folder for the next
// process ($TABLETHEORY_CACHE_DIR names another). Nothing happens at import. No goroutine outlives its call. Connections are
// kept for the next call; Close closes them.
package tabletheory
