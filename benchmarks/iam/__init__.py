"""What the deploy role may do: enough, no more, and nothing to what stands beside it; two policy engines judge."""
