"""The container that owns a task's network namespace: an image of one program of a few bytes, made here.

It needs no registry and no compiler: the program does nothing but wait, and the Engine imports it from a tar file.
"""

from __future__ import annotations

import io
import struct
import tarfile
from typing import TYPE_CHECKING

from ecsdeploy.sandbox.settings import LABEL

if TYPE_CHECKING:
    from docker import APIClient

REPOSITORY = "ecsdeploy-sandbox-pause"

_X86_64 = bytes(
    [
        *(0xB8, 0x22, 0x00, 0x00, 0x00),  # mov eax, 34      the number of pause(2)
        *(0x0F, 0x05),  # syscall                            returns when a signal was handled
        *(0xEB, 0xF7),  # jmp -9                             wait again
    ]
)
_AARCH64 = b"".join(
    struct.pack("<I", instruction)
    for instruction in (
        0xD2800000,  # mov x0, #0      ppoll: no file descriptors,
        0xD2800001,  # mov x1, #0      none of them,
        0xD2800002,  # mov x2, #0      no timeout,
        0xD2800003,  # mov x3, #0      no signal mask
        0xD2800928,  # mov x8, #73     the number of ppoll(2); arm64 has no pause(2)
        0xD4000001,  # svc #0
        0x17FFFFFA,  # b -24           wait again
    )
)
_MACHINES = {"x86_64": (62, _X86_64), "amd64": (62, _X86_64), "aarch64": (183, _AARCH64), "arm64": (183, _AARCH64)}
_BASE = 0x400000
_HEADERS = 64 + 56


def program(machine: str) -> bytes:
    """Return a static ELF executable that waits for ever. Raises `KeyError` for a machine it cannot be made for."""
    number, code = _MACHINES[machine]
    size = _HEADERS + len(code)
    # e_ident: 64 bit, little endian, version 1; then ET_EXEC, machine, version, entry, program header at 64,
    # no section headers, no flags, the header sizes, one program header.
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, number, 1, _BASE + _HEADERS, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    # PT_LOAD, readable and executable: the whole file, at _BASE, in pages of 64 KiB (the largest that arm64 has).
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x10000)
    return header + segment + code


def archive(machine: str) -> bytes:
    """Return a tar file with the program as `/pause`."""
    data = program(machine)
    entry = tarfile.TarInfo("pause")
    entry.size, entry.mode = len(data), 0o755
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def ensure_image(client: APIClient, name: str) -> str:
    """Return the reference of the image for the sandbox `name`, made if it is not there yet."""
    from docker.errors import ImageNotFound

    reference = f"{REPOSITORY}:{name}"
    try:
        client.inspect_image(reference)  # type: ignore[no-untyped-call]
    except ImageNotFound:
        machine = client.version()["Arch"]
        changes = ['ENTRYPOINT ["/pause"]', f"LABEL {LABEL}={name}"]
        client.import_image_from_data(archive(machine), repository=REPOSITORY, tag=name, changes=changes)
    return reference
