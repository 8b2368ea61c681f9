// Package engine runs the core: one WebAssembly module without imports, called by the canonical ABI.
//
// It knows bytes, handles and steps, and nothing of what they mean.
package engine

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
)

// Contract is the version of the boundary that this package was built for.
const Contract = 2

//go:embed tabletheory.wasm
var component []byte

var componentHeader = []byte("\x00asm\x0d\x00\x01\x00")
var moduleHeader = []byte("\x00asm\x01\x00\x00\x00")

// Digest is the SHA-256 of the embedded component, in hex.
func Digest() string {
	sum := sha256.Sum256(component)
	return hex.EncodeToString(sum[:])
}

// coreModule cuts the core module out of a component, whose first section it is.
func coreModule(component []byte) ([]byte, error) {
	rest, found := bytes.CutPrefix(component, componentHeader)
	if !found || len(rest) == 0 || rest[0] != 1 {
		return nil, errors.New("the embedded file is not a component that begins with its core module")
	}
	size, width := binary.Uvarint(rest[1:])
	if width <= 0 || size > uint64(len(rest)-1-width) {
		return nil, errors.New("the embedded component is truncated")
	}
	module := rest[1+width:][:size]
	if !bytes.HasPrefix(module, moduleHeader) {
		return nil, errors.New("the first section of the embedded component is not a core module")
	}
	return module, nil
}
