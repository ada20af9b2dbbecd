"""What AWS refuses, and the sandbox with it: one table of rules for each area."""
