"""From a folder with a Dockerfile to a running, observed, self-healing ECS Fargate service."""

__version__ = "0.2.0"

DISTRIBUTION = "ecsdeploy"
"""The distribution's name. One constant: the index may refuse it and then it changes here only."""
