"""The environments that are made of variables and the files they name, one module per kind."""

from tests.tool.hostile.environment import VARIABLES
from tests.tool.hostile.rows import aws_credentials, aws_settings, docker, git, places, terminal

__all__ = ["VARIABLES", "aws_credentials", "aws_settings", "docker", "git", "places", "terminal"]
