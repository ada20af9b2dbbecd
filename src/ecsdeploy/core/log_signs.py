"""What the log of a container that ended gives away: what an application's own error is told apart from.

Some words are certain wherever they stand: nobody logs a missing shared library and goes on. Others (a refused
connection, a missing file) are often handled and tried again, so they count only as a log's last words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ecsdeploy.core.log_choice import last_words, of_program
from ecsdeploy.core.stopped_reasons import Cause
from ecsdeploy.core.subject import Part

LOWEST_FREE_PORT = 1024
"""Lower ones are root's (ip(7), privileged ports)."""


@dataclass(frozen=True)
class LogSign:
    """Words in a log, and their meaning: `because` continues a sentence, `{what}` in it is what they name.

    `unnamed` is said where they name nothing. `codes` are the exit codes that must go with it, none named: any.
    `setting` is one whose value the advice gives. `hopeless`: no retry mends it. `about`: what is named, where that
    can contradict the sign.
    """

    pattern: re.Pattern[str]
    because: str
    fix: str
    unnamed: str = ""
    codes: frozenset[int] = frozenset()
    setting: str = ""
    hopeless: bool = False
    about: Literal["", "port", "variable"] = ""


@dataclass(frozen=True)
class Found:
    """A sign that was found, with what it names filled in."""

    sign: LogSign
    because: str
    fix: str


def _sign(
    pattern: str,
    because: str,
    fix: str,
    *,
    unnamed: str = "",
    codes: Sequence[int] = (),
    setting: str = "",
    hopeless: bool = False,
    about: Literal["", "port", "variable"] = "",
) -> LogSign:
    finds = re.compile(pattern, re.IGNORECASE)
    return LogSign(finds, because, fix, unnamed, frozenset(codes), setting, hopeless, about)


_RIGHTS = "give it to the user that the container runs as (`COPY --chown`, `chmod`), or set [task] user."
_INSTALL = (
    "Install it in the Dockerfile, or correct [task] command, entry_point or the PATH; a script with CRLF line ends, "
    "or whose `#!` names what is not there, is not found either."
)
CERTAIN = (
    # An init process (tini's execvp) hands what the kernel refuses to a shell, which reads the program as a script.
    _sign(
        r"\bexec format error\b|cannot execute binary file|: (?:line )?1: \W?ELF\W",
        "a program in its image is built for another CPU architecture than the task's",
        "Set [task] architecture to the image's, or build with `ecsdeploy build-push`, which follows it.",
        setting="architecture",
        hopeless=True,
    ),
    _sign(
        r"error while loading shared libraries: (?P<what>[^\s:]+)|Error loading shared library (?P<musl>[^\s:]+)",
        "its program lacks the shared library {what}",
        "Install the package with {what} in the Dockerfile's last stage; a program built for glibc does not run on "
        "Alpine.",
        hopeless=True,
    ),
    _sign(
        r"version [`'](?P<what>(?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found",
        "its program needs a newer C library than the image has ({what})",
        "Build the program on the image that it runs on, or on an older one.",
        hopeless=True,
    ),
    _sign(
        r"heap out of memory|java\.lang\.OutOfMemoryError|\bMemoryError\b|fatal error: runtime: out of memory",
        "it ran out of memory",
        "Raise [task] memory, or find out what uses it.",
        setting="memory",
    ),
    _sign(
        r"\b(?:exec|env):? [`'\"\u2018]?(?P<what>[^\s`'\"\u2019:]+)[`'\"\u2019]?(?: failed)?: no such file or "
        r"directory",
        "the command {what} is not in the image",
        _INSTALL,
        codes=(1, 126, 127, 255),
        hopeless=True,
    ),
    _sign(
        r"(?:^|[:\s])(?P<what>[\w./+-]+): (?:command )?not found\b",
        "the command {what} is not in the image",
        _INSTALL,
        codes=(127,),
        hopeless=True,
    ),
    _sign(
        r"(?P<what>/?[\w.-]+(?:/[\w.-]+)*)(?: failed)?: permission denied",
        "{what} is not executable",
        "Set the executable bit in the Dockerfile (`RUN chmod +x`, or `COPY --chmod=755`).",
        codes=(126,),
        hopeless=True,
    ),
)
_NAME = r"[`'\"]?(?P<{}>(?-i:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+))[`'\"]?"
_ADD = "Add it under [task.environment], or under [task.secrets] if it is secret."
LAST_WORDS = (
    _sign(
        r"read-only file system|\bEROFS\b",
        "it writes to a file system that is read-only",
        "Set [task] readonly_root_filesystem = false, or mount a volume there ([task.raw] volumes).",
    ),
    _sign(
        r":(?P<what>\d{2,5})(?:: bind: address already in use| failed \(98)"
        r"|(?:EADDRINUSE|address (?:already )?in use)(?:.*?:(?P<node>\d{2,5})\b)?",
        "the port {what} that it wants is taken",
        "The containers of a task share one network, so each needs its own port.",
        unnamed="the port that it wants is taken",
    ),
    _sign(
        r"\bENOSPC\b|no space left on device",
        "the task's disk is full",
        "Raise [task] ephemeral_storage (21 to 200 GiB), or write less.",
        setting="storage",
    ),
    _sign(
        r"listen EACCES:[^\n]*?\b(?P<what>\d+)$|listen tcp \S*?:(?P<go>\d+): bind: permission denied"
        r"|bind\(\) to \S*?:(?P<nginx>\d+) failed \(13: permission denied\)"
        r"|\(13\)Permission denied: \S+: could not bind to address \S*?:(?P<apache>\d+)",
        "it may not listen on port {what}: below 1024, ports are root's",
        "Let it listen on a port from 1024 up and set [task] port to that, or set [task] user to root.",
        about="port",
    ),
    _sign(
        r"EACCES: permission denied, \w+ '(?P<what>[^']+)'"
        r"|PermissionError: \[Errno 13\] Permission denied: '(?P<python>[^']+)'"
        r"|(?:open|mkdir|unlink|stat) (?P<go>/[^\s:]+): permission denied"
        r"|(?:cannot \w+|can't \w+)[^\n]*?[`'\"\u2018]?(?P<sh>/[^\s`'\"\u2019:]+)[`'\"\u2019]?: permission denied"
        r"|AccessDeniedException: (?P<java>/\S+)$",
        "it lacks permission for {what}",
        "In the Dockerfile " + _RIGHTS,
    ),
    _sign(
        r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<what>[\w.-]+)|lookup (?P<go>[\w.-]+)(?: on \S+)?: (?:no such host|"
        r"server misbehaving)|UnknownHostException: (?P<java>[\w.-]+)|host not found in upstream \"(?P<nginx>[^\"]+)\""
        r"|could not translate host name \"(?P<pq>[^\"]+)\"|could not resolve host:? (?P<curl>[\w.-]+)"
        r"|(?:name or service not known|temporary failure in name resolution|nodename nor servname)",
        "the name {what} could not be resolved",
        "Check the name, and that the task's VPC knows it ([network] subnets): a private one may live in another.",
        unnamed="a name could not be resolved",
    ),
    _sign(
        r"ECONNREFUSED (?P<what>[\w.:\[\]-]+)|dial tcp (?P<go>[\w.:\[\]-]+): connect: connection refused"
        r"|connection to server (?:at|on) \"(?P<pq>[^\"]+)\"[^\n]*?port (?P<port>\d+) failed: connection refused"
        r"|connecting to (?P<redis>[\w.-]+:\d+)\. connection refused|connection to (?P<jdbc>[\w.-]+:\d+) refused"
        r"|connect to (?P<my>[\w.-]+:\d+)[^\n]*connection refused|connection refused",
        "{what} refused the connection",
        "Nothing listens there: check the address and the port. Inside a task, localhost is the task itself.",
        unnamed="something refused the connection",
    ),
    _sign(
        r"connect ETIMEDOUT (?P<what>[\w.:\[\]-]+)|dial tcp (?P<go>[\w.:\[\]-]+): (?:i/o|connect: connection|operation)"
        r" time(?:out|d out)|connection to server (?:at|on) \"(?P<pq>[^\"]+)\"[^\n]*?port (?P<port>\d+) failed: "
        r"(?:connection timed out|timeout expired)",
        "{what} did not answer",
        "Its security group must let the task's in, and the subnet needs a route there.",
    ),
    _sign(
        r"(?:missing|required) (?:required )?environment variables?:? " + _NAME.format("what"),
        "the environment variable {what} is not set",
        _ADD,
        about="variable",
    ),
    _sign(
        rf"(?:environment variable |env var |\$)?{_NAME.format('what')} (?:environment variable )?"
        r"(?:is not set|is not defined|is required|must be set|is missing|not set in the environment)"
        rf"|\b{_NAME.format('sh')}: (?:parameter not set|unbound variable|parameter null or not set)",
        "the environment variable {what} is not set",
        _ADD,
        about="variable",
    ),
)
_LOOKED_UP = re.compile(
    r"(?:os\.environ|<frozen os>|/os\.py|ENV\.fetch)[^\n]*\n(?:[^\n]*\n){0,4}?[^\n]*"
    r"(?:KeyError: '(?P<what>[A-Z][A-Z0-9_]*)'|key not found: \"(?P<ruby>[A-Z][A-Z0-9_]*)\")"
)
"""Python's and Ruby's error for any key: only where the line before says that the environment was asked."""
_ABSENT = next(sign for sign in LAST_WORDS if sign.about == "variable")


def read_log(lines: Sequence[str], code: int | None, part: Part) -> Found | None:
    """Return what the log of the container `part`, which ended with `code`, says of the cause; None if nothing."""
    plain = of_program(lines)
    return next(_signs(plain, code, part), None)


def _signs(plain: Sequence[str], code: int | None, part: Part) -> Iterator[Found]:
    for line in reversed(plain):
        yield from _in_line(line, CERTAIN, code, part)
    if looked_up := _LOOKED_UP.search("\n".join(plain)):
        yield from _named(_ABSENT, looked_up, part)
    for line in reversed(last_words(plain)):
        yield from _in_line(line, LAST_WORDS, code, part)


def _in_line(line: str, signs: Sequence[LogSign], code: int | None, part: Part) -> Iterator[Found]:
    for sign in signs:
        if sign.codes and code not in sign.codes:
            continue
        if (found := sign.pattern.search(line)) is not None:
            yield from _named(sign, found, part)


def _named(sign: LogSign, found: re.Match[str], part: Part) -> Iterator[Found]:
    """Yield the sign with its names, unless they contradict it."""
    groups = {key: value for key, value in found.groupdict().items() if value}
    port = groups.pop("port", "")
    what = next(iter(groups.values()), "").rstrip(".,:")
    if sign.about == "variable" and what in part.variables:
        return  # it is set, whatever the log says
    if sign.about == "port" and int(what) >= LOWEST_FREE_PORT:
        return
    named = f"{what}:{port}" if port else what
    because = sign.because if what or not sign.unnamed else sign.unnamed
    yield Found(sign, because.replace("{what}", named), sign.fix.replace("{what}", named))


def as_cause(name: str, end: str, found: Found) -> Cause:
    """Return the cause: the container `name` ended as `end` says (`exit code 1`), for what its log gives away."""
    return Cause(f"The container {name} ended with {end}: its log says that {found.because}.", found.fix)
