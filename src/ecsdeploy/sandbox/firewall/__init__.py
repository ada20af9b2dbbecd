"""Security groups, enforced: what reaches a task is what its groups' inbound rules let in; the rest is dropped."""
