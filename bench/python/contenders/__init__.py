"""One module per library: `VERSION`, and `open()`, which gives the operations by name."""
