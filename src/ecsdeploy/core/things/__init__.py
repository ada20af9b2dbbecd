"""One module per noun: compares what was seen with what is wanted, and gives the steps between them."""
