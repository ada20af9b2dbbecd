"""`ecsdeploy build-push`: build the image from the current source, and push it to ECR."""

from __future__ import annotations

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.image_options import AllowDirty, AllowSensitive, BuildArg, FailOnOption, Tag, build_options
from ecsdeploy.cli.options import with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def build_push(
    options: Options,
    *,
    tag: Tag = None,
    build_arg: BuildArg = None,
    allow_dirty: AllowDirty = False,
    allow_sensitive_context: AllowSensitive = None,
    fail_on: FailOnOption = None,
) -> None:
    """Build the image for the task's platform, tag it with the git commit and push it to ECR.

    A commit that is in ECR already is not built again. Prints the image as REPOSITORY@DIGEST.
    With --fail-on, it ends with 3, or with 5 after a push, if the scan finds too much or cannot be made.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.events import Result
        from ecsdeploy.workflow.scan import chosen, require_scanned
        from ecsdeploy.workflow.ship_image import ship_image

        build = build_options(
            tag=tag, build_arg=build_arg, allow_dirty=allow_dirty, allow_sensitive=allow_sensitive_context
        )
        image = ship_image(run, run.target, build).image
        require_scanned(run, run.target, image, chosen(run.target, fail_on.value if fail_on else None))
        run.report(Result("image", image.reference))
