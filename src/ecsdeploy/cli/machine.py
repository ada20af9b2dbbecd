"""What the machine refused, and nothing before understood: a full disk, a limit, a file that may not be touched."""

from __future__ import annotations

import errno

from ecsdeploy.errors import Refused

_ROOM = "Free some space, and run the same command again."
_ACCESS = "Give this user access to it, and run the same command again."
_AGAIN = "Run the same command again; --debug shows what needed it."
_FIXES = {
    errno.EACCES: _ACCESS,
    errno.EPERM: _ACCESS,
    errno.EROFS: "Name a place that can be written: HOME, TMPDIR and XDG_STATE_HOME say where.",
    errno.ENOENT: "If a variable such as HOME, TMPDIR or XDG_STATE_HOME names it, correct that. " + _AGAIN,
    errno.ENOTDIR: "A file is where a folder should be: move it, or correct the variable (HOME, XDG_STATE_HOME).",
    errno.EISDIR: "A folder is where a file should be: move it, or name another file.",
    errno.EEXIST: "Something else is there already: move it away.",
    errno.ELOOP: "Its symbolic links lead in a circle: correct them.",
    errno.ENAMETOOLONG: "Use a shorter path.",
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "A limit on the size of files is in force: raise it (`ulimit -f unlimited`).",
    errno.EMFILE: "A limit on open files is in force: raise it (`ulimit -n 1024`).",
    errno.ENFILE: "Too many files are open on this machine: close some programs.",
    errno.ENOMEM: "Close some programs, or raise the limit on memory (`ulimit -v unlimited`).",
    errno.EAGAIN: "A limit on processes is in force: raise it (`ulimit -u`), or end some.",
    errno.ENOEXEC: "This machine cannot run it: install it again.",
    errno.EIO: "The disk or the terminal behind it fails. " + _AGAIN,
    errno.ESTALE: "The network drive was mounted anew. " + _AGAIN,
    errno.EBADF: "A standard stream is closed. Redirect it (>/dev/null) instead of closing it (>&-).",
}
_THREADS = "can't start new thread"


class MachineError(Refused):
    """The machine does not let the command go on."""


def told(error: Exception) -> MachineError | None:
    """Return what to say of an error that is the machine's state, None if it is none."""
    if isinstance(error, MemoryError):
        return MachineError("There is not enough memory.", why="The system gives no more.", fix=_FIXES[errno.ENOMEM])
    if isinstance(error, RuntimeError) and _THREADS in str(error):
        return MachineError("No thread can be started.", why="The system allows no more.", fix=_FIXES[errno.EAGAIN])
    if not isinstance(error, OSError) or error.errno not in _FIXES:
        return None
    what = f"{_name(error.filename)} cannot be used." if error.filename else "The system refused a call."
    return MachineError(what, why=f"{error.strerror}.", fix=_FIXES[error.errno])


def _name(file: object) -> str:
    return file.decode(errors="backslashreplace") if isinstance(file, bytes) else str(file)
