"""`ecsdeploy register-task`: register the task definition of the config, if it differs."""

from __future__ import annotations

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.image_options import ImageName, Tag, build_options
from ecsdeploy.cli.options import Yes, with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def register_task(options: Options, *, image: ImageName = None, tag: Tag = None, yes: Yes = False) -> None:
    """Render the task definition, show what differs, and register it if anything does.

    The image is the one that `build-push` pushed for the git commit, or the one that --image names.
    Prints the ARN of the revision.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.register_task import register_task as story

        story(run, run.target, build_options(tag=tag, build_arg=None, allow_dirty=True, allow_sensitive=None), image)
