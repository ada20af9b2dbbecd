"""What the sandbox's IAM refuses where moto would not, and what a task's roles let ECS do."""
