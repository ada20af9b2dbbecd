"""`ecsdeploy bootstrap-oidc --print`: GitHub's access for a tool that keeps IAM in code. Nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from ecsdeploy.core.as_code.access import Access, access
from ecsdeploy.core.as_code.cloudformation import CREATE as CLOUDFORMATION_CREATE
from ecsdeploy.core.as_code.cloudformation import cloudformation
from ecsdeploy.core.as_code.plain import plain
from ecsdeploy.core.as_code.terraform import CREATE, terraform
from ecsdeploy.core.target import Target
from ecsdeploy.events import Note, Printed
from ecsdeploy.github.repository import Fetch
from ecsdeploy.policy.arns import Place, partition_of
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.bootstrap_oidc import OidcOptions, wanted_access
from ecsdeploy.workflow.read import place_of

Format = Literal["terraform", "cloudformation", "json"]
WRITERS: Mapping[Format, Callable[[Access], dict[str, Any]]] = {
    "terraform": terraform,
    "cloudformation": cloudformation,
    "json": plain,
}
TO_USE: Mapping[Format, str] = {
    "terraform": f"Save it as access.tf.json. Where the account has the OIDC provider already: {CREATE} = false.",
    "cloudformation": "Deploy it with --capabilities CAPABILITY_NAMED_IAM. Where the account has the OIDC provider "
    f"already: {CLOUDFORMATION_CREATE}=false.",
    "json": "Create the OIDC provider only if the account has none: it is shared by all repositories.",
}


def print_access(run: Run, target: Target, options: OidcOptions, how: Format, fetch: Fetch | None = None) -> None:
    """Print the provider and the three roles as they would be created.

    The account is the config's, or that of the credentials. Raises what `wanted_access` raises.
    """
    wanted = wanted_access(run, target, options, fetch)
    assert wanted.source is not None
    account = target.config.account
    place = Place(partition_of(target.region), target.region, account) if account else place_of(run.aws, target)
    document = WRITERS[how](access(wanted.target, place, wanted.source))
    run.report(Note(TO_USE[how]), Printed(how, json.dumps(document, indent=2, ensure_ascii=False)))
