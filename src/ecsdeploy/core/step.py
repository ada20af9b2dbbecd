"""One write to AWS, as a value: its resource, what it changes, and how it may be repeated.

A plan is made of these and `workflow/apply` carries them out; so whatever shows a plan, counts its calls or asks for
its permissions reads the same values that are sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ecsdeploy.changes import Action, Change

Kind = Literal[
    "repository",
    "image",
    "OIDC provider",
    "deploy role",
    "execution role",
    "task role",
    "service-linked role",
    "cluster",
    "log group",
    "security group",
    "task definition",
    "release command",
    "service",
    "task",
]


Field = Literal["arn", "id", "uri", "digest"]
"""What AWS gives a resource, not known before."""


@dataclass(frozen=True)
class Ref:
    """A resource: its kind, and its name in AWS."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Later:
    """What is known once a step about `ref` is done: a placeholder for its `arn`, `id`, ... in a step's parameters."""

    ref: Ref
    field: Field

    def __str__(self) -> str:
        return f"({self.field} of the {self.ref}, known once it is there)"


@dataclass(frozen=True)
class Answer:
    """An AWS error that is an answer: by its code, and by lower-case words if the code says too little."""

    code: str
    words: tuple[str, ...] = ()

    def fits(self, code: str, message: str) -> bool:
        """Return whether an error with this code and message matches."""
        return code == self.code and all(word in message.lower() for word in self.words)


def answers(*codes: str) -> tuple[Answer, ...]:
    """Return the answers of these codes, whatever their message."""
    return tuple(map(Answer, codes))


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """What the errors of a write mean, and whether it may be sent twice.

    `passes`: tried again for up to `seconds`. `taken`: somebody was faster; what exists now is read and decided again.
    `done`: it is already so. `once`: AWS has no client token for it and a second request would do it twice, so it is
    sent once, and looked for if its result is not known. `token` is the parameter that makes repeating harmless. All
    of this also applies to each of the `failures` in an answer (ECS and ECR answer so if one call is about many).
    """

    passes: tuple[Answer, ...] = ()
    seconds: float = 20.0
    taken: tuple[Answer, ...] = ()
    done: tuple[Answer, ...] = ()
    once: bool = False
    token: str = ""

    @property
    def is_slow(self) -> bool:
        """Return whether waiting may take so long that the user should be told."""
        return self.seconds > 20

    @property
    def every(self) -> float:
        """Return the seconds between two attempts."""
        return 3.0 if self.is_slow else 1.0


SAFE = Repeat()
"""A write that can be sent any number of times."""


@dataclass(frozen=True)
class Wait:
    """What follows the last write about a resource: for up to `seconds` it is read until it is gone."""

    seconds: float


@dataclass(frozen=True)
class Ends:
    """The task that a step starts has to end well within `seconds` of its start, before the next step is sent.

    `container` is the one whose exit code counts. One that an earlier run has started is waited for instead.
    """

    container: str
    seconds: float


@dataclass(frozen=True)
class Blame:
    """What it says about the config if AWS refuses a write as invalid: what is wrong, and what to correct.

    `codes` are errors that mean the same of this write.
    """

    what: str
    fix: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request. `call` is its name in IAM, `ecs:UpdateService`; `parameters` may hold `Later`s.

    `gives` says where in the answer later steps find their values: {"arn": "Role.Arn"}. `detail` is shown behind the
    resource when it was made.
    """

    about: Ref
    action: Action
    call: str
    parameters: Mapping[str, Any]
    changes: tuple[Change, ...] = ()
    detail: str = ""
    gives: Mapping[Field, str] = field(default_factory=dict)
    repeat: Repeat = SAFE
    blame: Blame | None = None
    ends: Ends | None = None


def update(
    about: Ref, call: str, parameters: Mapping[str, Any], changes: tuple[Change, ...], *, repeat: Repeat = SAFE
) -> Step:
    """Return the step that brings `changes` to something that exists."""
    return Step(about=about, action="updated", call=call, parameters=parameters, changes=changes, repeat=repeat)


def laters(value: Any) -> Iterator[Later]:
    """Yield what in `value` (such as a step's parameters) is not known yet."""
    if isinstance(value, Later):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from laters(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from laters(inner)
