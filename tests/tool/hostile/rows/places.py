"""The home folder, other places, and the programs in PATH."""

from __future__ import annotations

from pathlib import Path

from tests.tool.hostile.environment import VARIABLES, program

_add = VARIABLES.add

_add("places", "no-home", "HOME is not set", {"HOME": None})
_add("places", "empty-home", "HOME is empty", {"HOME": ""})
_add("places", "home-nowhere", "HOME does not exist", lambda p: {"HOME": p.nowhere("home/of/nobody")})
_add("places", "home-is-a-file", "HOME is a file", lambda p: {"HOME": p.file("home-file")})
_add("places", "home-read-only", "HOME cannot be written (as /proc)", {"HOME": "/proc"})
_add("places", "home-relative", "HOME is a relative path", {"HOME": "not/absolute"})
_add("places", "home-root", "HOME is /dev/null", {"HOME": "/dev/null"})
_add("places", "state-nowhere", "XDG_STATE_HOME cannot be made", {"XDG_STATE_HOME": "/proc/state"})
_add("places", "state-is-a-file", "XDG_STATE_HOME is a file", lambda p: {"XDG_STATE_HOME": p.file("state-file")})
_add(
    "places",
    "xdg-odd",
    "XDG_CONFIG_HOME and XDG_RUNTIME_DIR are nonsense",
    {"XDG_CONFIG_HOME": "/dev/null", "XDG_RUNTIME_DIR": "\n", "XDG_CACHE_HOME": "/proc"},
)
_add("places", "tmp-nowhere", "TMPDIR does not exist", lambda p: {"TMPDIR": p.nowhere("tmp")})
_add("places", "tmp-read-only", "TMPDIR cannot be written", {"TMPDIR": "/proc"})
_add("places", "non-ascii", "HOME is beyond ASCII", lambda p: {"HOME": p.folder_of("Zoë Müller/日本/🚀")})

# ---- programs

_add("programs", "no-path", "PATH is not set", {"PATH": None})
_add("programs", "empty-path", "PATH is empty", {"PATH": ""})
_add("programs", "no-programs", "PATH has no program", lambda p: {"PATH": p.folder_of("no-programs")})
_add(
    "programs", "path-of-files", "PATH names files and nonsense", lambda p: {"PATH": f"{p.file('a-file')}::/nowhere:\t"}
)
_add(
    "programs",
    "git-not-executable",
    "git is no program",
    lambda p: {"PATH": str(Path(p.file("bin/git", "x", 0o755)).parent)},
)
_add("programs", "git-fails", "git fails without a word", lambda p: {"PATH": program(p, "git", "exit 1")})
_add("programs", "git-says-nothing", "git succeeds and prints nothing", lambda p: {"PATH": program(p, "git", "exit 0")})
_add(
    "programs",
    "git-binary",
    "git prints bytes that are no text",
    lambda p: {"PATH": program(p, "git", "printf '\\377\\376\\200\\n'")},
)
_add("programs", "git-killed", "git is killed", lambda p: {"PATH": program(p, "git", "kill -9 $$")})
_add(
    "programs",
    "git-is-a-folder",
    "git in PATH is a folder",
    lambda p: {"PATH": str(Path(p.folder_of("bin/git")).parent)},
)
_add("programs", "docker-fails", "docker in PATH fails", lambda p: {"PATH": program(p, "docker", "exit 1")})
_add(
    "programs",
    "pythons",
    "PYTHONPATH, PYTHONHOME and PYTHONWARNINGS are odd",
    {"PYTHONPATH": "/nowhere", "PYTHONWARNINGS": "nonsense"},
)
