"""Work inside a task's network namespace; it takes root."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_CLONE_NEWNET = 0x40000000  # linux/sched.h


def inside(namespace: str, work: Callable[[], T]) -> T:
    """Return what `work` returns in the network namespace that the file `namespace` is.

    Sockets that it makes and processes that it starts stay there. Raises `OSError` where it may not be entered.
    """

    def entered() -> T:
        libc = ctypes.CDLL(None, use_errno=True)
        with open(namespace) as file:
            if libc.setns(file.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), namespace)
        return work()

    # A thread enters a namespace for itself, and never comes back.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(entered).result()
