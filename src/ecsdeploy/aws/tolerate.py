"""Errors of AWS that are answers: it does not exist, it exists already."""

from __future__ import annotations

from types import TracebackType

from ecsdeploy.errors import AwsError


class Tolerate:
    """Swallow AWS errors with one of `codes`; wraps `aws_errors`."""

    def __init__(self, *codes: str) -> None:
        self._codes = codes

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        return isinstance(error, AwsError) and error.code in self._codes
