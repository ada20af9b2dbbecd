"""One module per noun: what was seen of it, held against what is wanted, gives the steps between the two."""
