"""One module per noun: read it, decide, write what is due, report created, updated or unchanged."""
