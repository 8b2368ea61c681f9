"""The core under wasmtime: loading, instances, memory, and the driving of operations."""
