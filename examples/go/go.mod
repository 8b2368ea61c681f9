module github.com/tabletheory/tabletheory-go/examples

go 1.25.0

require github.com/tabletheory/tabletheory-go v0.1.0

require (
	github.com/tetratelabs/wazero v1.12.0 // indirect
	golang.org/x/sys v0.44.0 // indirect
)

replace github.com/tabletheory/tabletheory-go => ../../go-shim
