"""One module per library: `open()` gives the operations by name."""
