"""Everything that can stop a command, and the exit code it ends with.

EcsdeployError
├── UsageError            2   the command line or the config is not valid
│   └── ConfigError       2   with every mistake's place and the nearest valid choice
├── Refused               3   nothing was changed
│   ├── CredentialsError  3   none, expired, or refused by AWS
│   ├── PermissionDenied  3   AWS refused one action, named with its resource
│   └── WrongAccount      3   the credentials belong to another account than the config
├── Failed                5   a step failed; what was done before it stays done
├── TimedOut              6   it may still be going
├── Busy                  9   another deployment is in flight
└── AwsError              1   AWS answered an error that nothing above explains
    └── Unreachable     3|5   AWS did not answer: 3 where nothing was changed yet, else 5

An error says what happened, why, and what to do: each a sentence, without a traceback.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The process's exit codes. The numbers are part of the interface and never change their meaning."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    REFUSED = 3
    ROLLED_BACK = 4
    FAILED = 5
    TIMED_OUT = 6
    SUPERSEDED = 7
    PAUSED = 8
    BUSY = 9
    CHANGES = 10
    STOPPED = 11
    NOTHING_PROVEN = 12
    OBJECTIVE_MISSED = 13
    NOT_RUN = 125
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class EcsdeployError(Exception):
    """Something a user can act on: `what` happened, `why`, and what to do about it (`fix`)."""

    exit_code: ExitCode = ExitCode.UNEXPECTED

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix


class UsageError(EcsdeployError):
    """The command line is not valid."""

    exit_code = ExitCode.USAGE


class ConfigError(UsageError):
    """The config file is missing, malformed or contradicts itself."""


class Refused(EcsdeployError):
    """A check failed before anything was changed."""

    exit_code = ExitCode.REFUSED


class CredentialsError(Refused):
    """There are no credentials, or AWS does not accept them."""


class WrongAccount(Refused):
    """The credentials belong to another account than the config names."""


class PermissionDenied(Refused):
    """AWS refused an action. `action` is IAM's name (`ecs:UpdateService`), `resource` an ARN or `*`."""

    def __init__(self, what: str, *, action: str, resource: str = "", why: str = "", fix: str = "") -> None:
        super().__init__(what, why=why, fix=fix)
        self.action = action
        self.resource = resource


class Failed(EcsdeployError):
    """A step failed and nothing rolled it back."""

    exit_code = ExitCode.FAILED


class TimedOut(EcsdeployError):
    """The deadline passed; what was started may still be going."""

    exit_code = ExitCode.TIMED_OUT


class Busy(EcsdeployError):
    """Another deployment of the same service is in flight."""

    exit_code = ExitCode.BUSY


class AwsError(EcsdeployError):
    """AWS answered with an error. `code` is AWS's own, `operation` the API operation's name."""

    def __init__(
        self, what: str, *, code: str, operation: str, message: str = "", why: str = "", fix: str = ""
    ) -> None:
        super().__init__(what, why=why, fix=fix)
        self.code = code
        self.operation = operation
        self.message = message


class Unreachable(AwsError):
    """No answer came: no connection, no route, or the answer took too long.

    The exit code depends on what was done before, so the boundary decides it.
    """
