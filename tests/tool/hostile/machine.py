"""The environments that only a process of its own can be in: its streams, limits, language and folder.

Each is a line of bash that runs the command, "$@"; PLACE is a folder of the test's own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """One environment: its name, what it is in words, and the line that runs "$@" in it."""

    id: str
    area: str
    what: str
    line: str
    needs: str = ""
    """The program by which only root can bring it about, "" where every user can."""
    told: bool = True
    """Whether what the command says can be seen."""


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("plan", "--image", "v1"),
    ("build-push",),
    ("logs",),
    ("history",),
    ("cost",),
)
"""What is tried beside `status`: all take --config."""


MACHINE = (
    Machine("stdout-closed", "streams", "stdout is closed", '"$@" >&-'),
    Machine("stderr-closed", "streams", "stderr is closed", '"$@" 2>&-', told=False),
    Machine("stdin-closed", "streams", "stdin is closed", '"$@" <&-'),
    Machine("all-closed", "streams", "all three are closed", '"$@" <&- >&- 2>&-', told=False),
    Machine("stdout-full", "streams", "stdout is on a full disk", '"$@" >/dev/full'),
    Machine("stderr-full", "streams", "stderr is on a full disk", '"$@" 2>/dev/full', told=False),
    Machine("both-full", "streams", "both are on a full disk", '"$@" >/dev/full 2>&1', told=False),
    Machine("broken-pipe", "streams", "the reader of stdout is gone", '"$@" | head -c 0; exit "${PIPESTATUS[0]}"'),
    Machine(
        "broken-pipes",
        "streams",
        "the reader of both is gone",
        '"$@" 2>&1 | head -c 0; exit "${PIPESTATUS[0]}"',
        told=False,
    ),
    Machine("stdin-full", "streams", "stdin never ends", '"$@" </dev/zero'),
    Machine("stdout-read-only", "streams", "stdout was opened for reading", '"$@" 1<ecsdeploy.toml'),
    Machine("open-files", "limits", "few files may be open", 'ulimit -n 24; exec "$@"'),
    Machine("open-files-fewer", "limits", "hardly a file may be open", 'ulimit -n 10; exec "$@"'),
    Machine("file-size", "limits", "no file may be written", 'ulimit -f 0; exec "$@"'),
    Machine("memory", "limits", "little memory (300 MB of addresses)", 'ulimit -v 300000; exec "$@"'),
    Machine("core", "limits", "a stack of 256 KB", 'ulimit -s 256; exec "$@"'),
    Machine(
        "processes",
        "limits",
        "no further process or thread",
        'ulimit -u 1; exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"',
        needs="setpriv",
    ),
    Machine(
        "umask",
        "limits",
        "umask 777",
        'umask 777; exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"',
        needs="setpriv",
    ),
    Machine(
        "nobody",
        "limits",
        "a user without a home or a name",
        'exec setpriv --reuid 54321 --regid 54321 --clear-groups "$@"',
        needs="setpriv",
    ),
    Machine("ascii", "language", "PYTHONIOENCODING=ascii", 'PYTHONIOENCODING=ascii exec "$@"'),
    Machine("latin-1", "language", "PYTHONIOENCODING=latin-1", 'PYTHONIOENCODING=latin-1:strict exec "$@"'),
    Machine("encoding-odd", "language", "PYTHONIOENCODING=utf-16", 'PYTHONIOENCODING=utf-16 exec "$@"'),
    Machine(
        "no-utf8", "language", "LC_ALL=C without UTF-8 mode", 'LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 exec "$@"'
    ),
    Machine("posix", "language", "LC_ALL=POSIX", 'LC_ALL=POSIX exec "$@"'),
    Machine("locale-invalid", "language", "a locale that is not installed", 'LC_ALL=xx_YY.odd exec "$@"'),
    Machine("locale-latin", "language", "a Latin-1 locale", 'LC_ALL=de_DE.ISO-8859-1 PYTHONUTF8=0 exec "$@"'),
    Machine("no-variables", "language", "no variable at all", 'exec env -i "$@"'),
    Machine(
        "letters",
        "language",
        "app's folder, branch and author beyond ASCII",
        'd="$PLACE/für 日本 🚀"; mkdir -p "$d"; cp -r . "$d/x"; cd "$d/x"; git checkout -q -b zoë/日本; '
        'git -c user.name="Zoë 日" -c user.email=z@example.invalid commit -q --allow-empty -m "für 🚀"; exec "$@"',
    ),
    Machine(
        "bytes",
        "language",
        "a folder whose name is no text",
        'd="$PLACE/$(printf "\\377\\376")"; mkdir -p "$d"; cp -r . "$d/x"; cd "$d/x"; LC_ALL=C exec "$@"',
    ),
    Machine(
        "cwd-deleted",
        "folder",
        "the current folder is deleted",
        'mkdir -p "$PLACE/gone"; cd "$PLACE/gone"; rmdir "$PLACE/gone"; exec "$@"',
    ),
    Machine(
        "cwd-deleted-config",
        "folder",
        "the current folder is deleted, and the config is elsewhere",
        'c="$PWD/ecsdeploy.toml"; mkdir -p "$PLACE/gone"; cd "$PLACE/gone"; rmdir "$PLACE/gone"; '
        'exec "$@" --config "$c"',
    ),
    Machine(
        "cwd-unreadable",
        "folder",
        "the current folder may not be read",
        'mkdir -p "$PLACE/shut"; cd "$PLACE/shut"; chmod 0 .; '
        'exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"',
        needs="setpriv",
    ),
    Machine(
        "config-folder", "folder", "the config is a folder", 'mkdir -p "$PLACE/cf"; exec "$@" --config "$PLACE/cf"'
    ),
    Machine(
        "config-unreadable",
        "folder",
        "the config may not be read",
        'cp ecsdeploy.toml "$PLACE/secret.toml"; chmod 0 "$PLACE/secret.toml"; '
        'exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@" --config "$PLACE/secret.toml"',
        needs="setpriv",
    ),
    Machine("config-binary", "folder", "the config is binary", 'exec "$@" --config /bin/true'),
    Machine(
        "config-bom",
        "folder",
        "the config begins with a byte order mark",
        '{ printf "\\357\\273\\277"; cat ecsdeploy.toml; } >"$PLACE/bom.toml"; exec "$@" --config "$PLACE/bom.toml"',
    ),
    Machine(
        "config-utf16",
        "folder",
        "the config is UTF-16",
        'iconv -t UTF-16 ecsdeploy.toml >"$PLACE/16.toml"; exec "$@" --config "$PLACE/16.toml"',
    ),
    Machine(
        "config-huge",
        "folder",
        "the config is huge",
        'head -c 3000000 /dev/zero | tr "\\0" "#" >"$PLACE/huge.toml"; exec "$@" --config "$PLACE/huge.toml"',
    ),
    Machine("config-endless", "folder", "the config never ends", 'exec "$@" --config /dev/zero'),
    Machine("config-null", "folder", "the config is /dev/null", 'exec "$@" --config /dev/null'),
    Machine(
        "config-deep",
        "folder",
        "the config is nested 10,000 deep",
        '{ cat ecsdeploy.toml; printf "x = "; head -c 10000 /dev/zero | tr "\\0" "["; } >"$PLACE/deep.toml"; '
        'exec "$@" --config "$PLACE/deep.toml"',
    ),
    Machine("config-mem", "folder", "the config cannot be read for real", 'exec "$@" --config /proc/self/mem'),
    Machine(
        "config-loop",
        "folder",
        "the config is a link to itself",
        'ln -sf loop.toml "$PLACE/loop.toml"; exec "$@" --config "$PLACE/loop.toml"',
    ),
    Machine(
        "config-long",
        "folder",
        "the config's name is too long",
        'exec "$@" --config "$(head -c 5000 /dev/zero | tr "\\0" a)"',
    ),
    Machine("config-fifo", "folder", "the config comes from a pipe", 'exec "$@" --config <(cat ecsdeploy.toml)'),
    Machine(
        "disk-full",
        "folder",
        "HOME and TMPDIR are on a full disk",
        'exec unshare -m bash -c \'mount -t tmpfs -o size=64k,nr_inodes=3 none "$PLACE" && cd "$0" && '
        'head -c 100000 /dev/zero >"$PLACE/x" 2>&-; '
        'HOME=$PLACE TMPDIR=$PLACE XDG_STATE_HOME=$PLACE exec "$@"\' "$PWD" "$@"',
        needs="unshare",
    ),
    Machine(
        "disk-read-only",
        "folder",
        "HOME and TMPDIR cannot be written",
        'exec unshare -m bash -c \'mount -t tmpfs -o ro none "$PLACE" && '
        'HOME=$PLACE TMPDIR=$PLACE XDG_STATE_HOME=$PLACE exec "$@"\' "$PWD" "$@"',
        needs="unshare",
    ),
    Machine(
        "no-dev",
        "folder",
        "/dev is empty",
        'exec unshare -m bash -c \'mount -t tmpfs none /dev && exec "$@"\' x "$@"',
        needs="unshare",
    ),
    Machine(
        "no-proc",
        "folder",
        "/proc is empty",
        'exec unshare -m bash -c \'mount -t tmpfs none /proc && exec "$@"\' x "$@"',
        needs="unshare",
    ),
    Machine("hung-up", "streams", "the terminal is gone", 'exec setsid "$@" </dev/null'),
)
