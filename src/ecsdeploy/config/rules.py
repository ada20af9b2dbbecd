"""The rules of single keys and tables, as functions that the models attach to their fields."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence

from pydantic import ValidationInfo

from ecsdeploy.config import fargate, placeholders, references
from ecsdeploy.config.mistake import Mistake, listing, mistake, mistakes
from ecsdeploy.config.secrets_guard import secret_in

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What `logs:PutRetentionPolicy` takes as `retentionInDays`."""

REPOSITORY_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}$"
NAME_PATTERN = r"^(?=.{2})[a-z0-9]+([-_][a-z0-9]+)*$"
ENVIRONMENT_PATTERN = r"^(?=.{1,40}$)[a-z0-9]+([-_][a-z0-9]+)*$"


def matches(pattern: str, text: str) -> bool:
    """Return whether the whole of `text` is as `pattern` says; `$` alone would let a line break follow."""
    return re.fullmatch(pattern, text, re.ASCII) is not None


def app(name: str) -> str:
    """An app's name becomes an ECR repository and nine other names, so it keeps to what all of them allow."""
    if matches(NAME_PATTERN, name):
        return name
    if re.fullmatch(r"[A-Za-z0-9]", name):
        what, longer = "an app's name needs at least two characters: ECR requires them", f"{name}-service".lower()
        raise mistake(what, f'Write for example "{longer}".')
    tidy = tidied(name)
    raise mistake(
        "an app's name is lower-case letters and digits, joined by single hyphens",
        f'Did you mean "{tidy}"?' if tidy else 'Write for example "hello-service".',
    )


def tidied(name: str) -> str | None:
    """Return the name that was probably meant, or None."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    tidy = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return tidy if 2 <= len(tidy) <= 40 and tidy != "default" else None


def environment_name(name: str) -> str | None:
    """Return what is wrong with the name of an environment, or None."""
    if name == "default":
        return "the name default is reserved for what is deployed without an environment"
    if not matches(ENVIRONMENT_PATTERN, name):
        return "an environment's name is at most 40 lower-case letters and digits, joined by single hyphens"
    return None


def cpu(units: int) -> int:
    """Fargate's CPU units."""
    if units in fargate.SIZES:
        return units
    near = fargate.nearest_cpu(units)
    raise mistake(
        f"Fargate has no tasks of {units} CPU units",
        f"Use {listing(tuple(fargate.SIZES))} (1024 are one vCPU); the nearest is {near}.",
    )


def memory(mib: int, units: int) -> int:
    """Fargate's MiB for these CPU units."""
    if fargate.is_valid(units, mib):
        return mib
    near = fargate.nearest_memory(units, mib)
    other = fargate.smallest_cpu_for(mib)
    also = f", or cpu = {other} for {mib} MiB" if other else ""
    raise mistake(
        f"{mib} MiB is not valid with {units} CPU units on Fargate",
        f"With cpu = {units} use {fargate.sizes_of(units)}; the nearest is {near}{also}.",
    )


def retention(days: int) -> int:
    """The days that CloudWatch Logs can keep."""
    if days in RETENTION_DAYS:
        return days
    near = min(RETENTION_DAYS, key=lambda known: (abs(known - days), -known))
    raise mistake(
        f"CloudWatch Logs cannot keep events for {days} days",
        f"Use {listing(RETENTION_DAYS)}; the nearest is {near}.",
    )


def repository(name: str) -> str:
    """A GitHub repository as `owner/name`."""
    if matches(REPOSITORY_PATTERN, name):
        return name
    found = re.search(r"github\.com[/:]([^/\s]+/[^/\s]+?)(\.git)?/?$", name)
    meant = found[1] if found and matches(REPOSITORY_PATTERN, found[1]) else "acme/hello-service"
    raise mistake("a repository is its owner and name, exact and without wildcards", f'Write for example "{meant}".')


def role_path(path: str) -> str:
    """A path of IAM's (API reference, CreateRole): slashes at both ends, printable ASCII, at most 512 characters.

    IAM also takes `*`, `?` and `$` in one, but a policy that names such a role names others with it.
    """
    if re.search(r"[*?$]", path):
        raise mistake("in a policy, * ? and $ in a path stand for other roles too", 'Write for example "/platform/".')
    if len(path) <= 512 and re.fullmatch(r"/|/[\x21-\x7e]+/", path):
        return path
    meant = f"/{path.strip('/')}/"
    raise mistake("a role's path begins and ends with a slash", f'Write for example "{meant}".')


def boundary(arn: str) -> str:
    """A permissions boundary: a managed policy, of the account or of AWS (API reference, CreateRole)."""
    if re.fullmatch(r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+", arn, re.ASCII):
        return arn
    raise mistake("a permissions boundary is the ARN of a policy", 'Write "arn:aws:iam::ACCOUNT:policy/NAME".')


def health_command(command: Sequence[str]) -> Sequence[str]:
    """`HealthCheck.command` of RegisterTaskDefinition: CMD or CMD-SHELL, then the command."""
    if len(command) >= 2 and command[0] in ("CMD", "CMD-SHELL"):
        if command[0] == "CMD-SHELL" and len(command) > 2:
            raise mistake("CMD-SHELL takes the whole command as one string", 'Join it: ["CMD-SHELL", "a && b"].')
        return command
    raise mistake(
        "a health check starts with CMD or CMD-SHELL and then names a command",
        'Write ["CMD", "node", "healthcheck.js"], or ["CMD-SHELL", "curl -f http://localhost/ || exit 1"].',
    )


def variables(values: object, info: ValidationInfo) -> object:
    """[task.environment] and [image.args]: numbers and booleans become text, and what may be a secret is refused."""
    if not isinstance(values, dict):
        return values
    found = _names(values, VARIABLE if info.field_name == "environment" else ARGUMENT)
    texts = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found.append(_dotted(name, value))
            continue
        if not isinstance(value, (str, int, float)) or (isinstance(value, float) and not math.isfinite(value)):
            found.append(Mistake((name,), "a variable holds text", "Write the value in quotes."))
            continue
        texts[name] = str(value).lower() if isinstance(value, bool) else str(value)
        if missed := placeholders.near_miss(texts[name]):
            fix = rf"Write {missed[1]}; to keep the text as it is, write \\ before the brace."
            found.append(Mistake((name,), f"{missed[0]} is not replaced", fix))
        looks_like = None if name in info.data.get("allow_plain", ()) else secret_in(name, texts[name])
        if looks_like:
            table, instead = _SECRET_INSTEAD[str(info.field_name)]
            fix = f'{instead} If it is not a secret: allow_plain = ["{name}"] in [{table}].'
            found.append(Mistake((name,), f"the value looks like {looks_like}", fix))
    if found:
        raise mistakes(found)
    return texts


_SECRET_INSTEAD = {
    "environment": ("task", "Keep it in SSM or Secrets Manager and name it in [task.secrets]."),
    "args": ("image", "Pass it in [image.secrets]: build arguments stay readable in the image."),
}


def task_secrets(values: object, info: ValidationInfo) -> object:
    """References only; ECS refuses a name that is a variable too (`ContainerDefinition.secrets`)."""
    if not isinstance(values, dict):
        return values
    found = [*_names(values, VARIABLE), *_unreadable(values, references.parse_task_secret, references.TASK_FORMS)]
    found += [
        Mistake((name,), "this name is in [task.environment] too", "Keep one of the two.")
        for name in values
        if name in info.data.get("environment", ())
    ]
    if found:
        raise mistakes(found)
    return values


def build_secrets(values: object) -> object:
    """Ids of BuildKit secrets and where each is read from."""
    if not isinstance(values, dict):
        return values
    found = [*_names(values), *_unreadable(values, references.parse_build_secret, references.BUILD_FORMS)]
    if found:
        raise mistakes(found)
    return values


def _unreadable(values: Mapping[str, object], parse: Callable[[str], object], forms: str) -> list[Mistake]:
    found = []
    for name, value in values.items():
        try:
            parse(value if isinstance(value, str) else "")
        except references.Wildcard as error:
            found.append(Mistake((name,), str(error), "Name each one exactly."))
        except ValueError as error:
            found.append(Mistake((name,), f"{error}; never write a secret itself here", f"Write {forms}."))
    return found


VARIABLE = r"[^=\s\x00-\x1f\x7f]+"
"""The name of a variable: ECS and Linux refuse nothing but `=`; .NET and Spring use colons and dots."""
ARGUMENT = r"[A-Za-z_][\w.-]*"
"""The name of a build argument or a build secret."""


def _names(values: Collection[str], pattern: str = ARGUMENT) -> list[Mistake]:
    return [
        Mistake((name,), "this is not a valid variable name", "Use letters, digits and underscores.")
        for name in values
        if not re.fullmatch(pattern, name, re.ASCII)
    ]


def _dotted(name: str, value: Mapping[str, object]) -> Mistake:
    """Return the mistake of a name with dots: outside quotes, TOML makes tables of it."""
    while len(value) == 1 and isinstance(inner := next(iter(value.values())), (dict, str, int, float)):
        name += f".{next(iter(value))}"
        if not isinstance(inner, dict):
            break
        value = inner
    return Mistake((name.split(".")[0],), "a name with dots is read as tables", f'Write it in quotes: "{name}" = ....')
