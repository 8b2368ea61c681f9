package tabletheory

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sync"

	"github.com/tabletheory/tabletheory-go/internal/engine"
	"github.com/tabletheory/tabletheory-go/internal/plain"
)

// DB is a schema document with a connection to its tables. It is safe for concurrent use.
type DB struct {
	config  config
	pool    *engine.Pool
	sockets *sockets            // nil with a transport
	models  map[string][]string // attributes by model
	types   sync.Map            // typeKey → error or nil, of the check
}

type typeKey struct {
	model string
	kind  reflect.Type
}

// Open reads a schema document (YAML or JSON) and makes a DB of it. Nothing is sent before the first call.
// An invalid document is [ErrInvalidDocument] with all its Problems; a Go type that does not fit is [ErrInvalidModel].
func Open(ctx context.Context, path string, options ...Option) (*DB, error) {
	db := &DB{models: map[string][]string{}}
	for _, option := range options {
		if err := option(&db.config); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, canceled(err, NotSent)
	}
	if db.config.schema == nil {
		document, err := os.ReadFile(path)
		if err != nil {
			return nil, newError(ErrInvalidDocument, fmt.Sprintf("the schema document `%s` cannot be read", path), err)
		}
		db.config.schema = document
	}
	settings := db.config.resolve()
	if db.config.transport == nil {
		db.sockets = newSockets(&db.config)
	}
	program, err := load()
	if err != nil {
		return nil, err
	}
	if db.pool, err = program.Open(db.config.schema, settings, db.config.instances, db.config.moment); err != nil {
		db.Close()
		return nil, broken(err, NotSent)
	}
	if err := db.describe(); err != nil {
		db.Close()
		return nil, err
	}
	for _, check := range db.config.models {
		if err := check(db); err != nil {
			db.Close()
			return nil, err
		}
	}
	return db, nil
}

// Close frees what the DB holds. Calls under way, and all later ones, end with [ErrInvalidHandle].
// A transport of your own stays open.
func (db *DB) Close() {
	if db.pool != nil {
		db.pool.Close()
	}
	if db.sockets != nil {
		db.sockets.close()
	}
	if transport, ok := db.config.transport.(*HTTPTransport); ok {
		transport.CloseIdle()
	}
}

// CoreInfo tells which core is embedded.
type CoreInfo struct {
	Version  string `json:"version"`
	Contract int    `json:"contract"`
	// Source is the digest of the sources that the core was built from, Compiler what built it.
	Source   string `json:"source"`
	Compiler string `json:"compiler"`
	// Digest is the SHA-256 of the component, in hex: equal in all languages.
	Digest string `json:"-"`
}

// Core tells which core is embedded.
func Core() (CoreInfo, error) {
	program, err := load()
	if err != nil {
		return CoreInfo{}, err
	}
	info := CoreInfo{Digest: engine.Digest()}
	return info, plain.Decode(program.Info(), &info)
}

func load() (*engine.Program, error) {
	program, err := engine.Load()
	if err != nil {
		return nil, newError(ErrInternal, "the core cannot be loaded", err)
	}
	return program, checkContract(program.Info())
}

func checkContract(document string) error {
	var info CoreInfo
	if err := plain.Decode(document, &info); err != nil || info.Contract != engine.Contract {
		failure := newError(ErrContractVersion, fmt.Sprintf(
			"the embedded core speaks contract version %d, this package version %d", info.Contract, engine.Contract), err)
		failure.Hint = "take package and core from one release, or build the core anew with `make wasm`"
		return failure
	}
	return nil
}

// describe learns the names of the models and of their attributes.
func (db *DB) describe() error {
	document, err := db.pool.Describe()
	if err != nil {
		return broken(err, NotSent)
	}
	var described struct {
		Models []struct {
			Name       string `json:"name"`
			Attributes []struct {
				Attribute string `json:"attribute"`
			} `json:"attributes"`
		} `json:"models"`
	}
	if err := plain.Decode(document, &described); err != nil {
		return newError(ErrInternal, "the core gave a description that cannot be read", err)
	}
	for _, model := range described.Models {
		names := []string{}
		for _, attribute := range model.Attributes {
			names = append(names, attribute.Attribute)
		}
		db.models[model.Name] = names
	}
	return nil
}

// Describe gives the compiled models as a JSON document (`models.schema.json`).
func (db *DB) Describe() (string, error) {
	document, err := db.pool.Describe()
	if err != nil {
		return "", broken(err, NotSent)
	}
	return document, nil
}

// broken turns an error of the engine into one of ours.
func broken(err error, outcome Outcome) *Error {
	var refused *engine.RefusedError
	if errors.As(err, &refused) {
		return failed(refused.Document, nil)
	}
	failure := newError(ErrInternal, "the core broke and was restarted", err)
	if errors.Is(err, engine.ErrClosed) {
		failure = newError(ErrInvalidHandle, "the DB is closed", nil)
	}
	failure.Outcome = outcome
	return failure
}

// canceled is the error of a call whose context ended.
func canceled(cause error, outcome Outcome) *Error {
	failure := newError(ErrCanceled, "the call was canceled", cause)
	if errors.Is(cause, context.DeadlineExceeded) {
		failure = newError(ErrTimeout, "the call took longer than it was given", cause)
	}
	failure.Outcome = outcome
	return failure
}
