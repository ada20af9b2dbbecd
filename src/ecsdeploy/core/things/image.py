"""The image, where one of the same content is there: it gets the wanted tag, and nothing is built or pushed."""

from __future__ import annotations

from ecsdeploy.core.account import Account
from ecsdeploy.core.image import Image
from ecsdeploy.core.step import Ref, Repeat, Step, answers
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Wanted


def decide(wanted: Wanted, account: Account, _upkeep: Upkeep) -> Decision | None:
    """Return the tag to put on the image of the same content; None where the wanted image is there, or is built."""
    alike, image = account.alike, wanted.image
    if alike is None or account.image is not None or not isinstance(image, Image) or image.digest != alike.digest:
        return None
    repository = wanted.target.names.repository
    ref = Ref("image", f"{repository}:{image.tag}")
    step = Step(
        about=ref,
        action="created",
        call="ecr:PutImage",
        parameters={
            "repositoryName": repository,
            "imageManifest": alike.text,
            "imageManifestMediaType": alike.media_type,
            "imageDigest": alike.digest,
            "imageTag": image.tag,
        },
        detail=f"one more tag of {alike.digest}: nothing that it is built from has changed",
        repeat=Repeat(
            done=answers("ImageAlreadyExistsException"),
            taken=answers("ImageTagAlreadyExistsException"),
        ),
    )
    return Decision(ref=ref, steps=(step,))
