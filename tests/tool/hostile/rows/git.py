"""git's own variables."""

from __future__ import annotations

from tests.tool.hostile.environment import NOT_TEXT, VARIABLES

_add = VARIABLES.add

_add("git", "git-dir-nowhere", "GIT_DIR names nothing", lambda p: {"GIT_DIR": p.nowhere()})
_add("git", "git-dir-empty", "GIT_DIR is empty", {"GIT_DIR": ""})
_add("git", "git-dir-a-file", "GIT_DIR is a file", lambda p: {"GIT_DIR": p.file("git-file")})
_add("git", "git-work-tree", "GIT_WORK_TREE names nothing", lambda p: {"GIT_WORK_TREE": p.nowhere()})
_add("git", "git-work-tree-root", "GIT_WORK_TREE is another folder", lambda p: {"GIT_WORK_TREE": p.folder_of("tree")})
_add("git", "git-index-nowhere", "GIT_INDEX_FILE names nothing", lambda p: {"GIT_INDEX_FILE": p.nowhere()})
_add("git", "git-index-broken", "GIT_INDEX_FILE is broken", lambda p: {"GIT_INDEX_FILE": p.file("index", NOT_TEXT)})
_add("git", "git-objects", "GIT_OBJECT_DIRECTORY names nothing", lambda p: {"GIT_OBJECT_DIRECTORY": p.nowhere()})
_add("git", "git-config-broken", "GIT_CONFIG_GLOBAL is no config", lambda p: {"GIT_CONFIG_GLOBAL": p.file("gc", "[[[")})
_add("git", "git-config-folder", "GIT_CONFIG_GLOBAL is a folder", lambda p: {"GIT_CONFIG_GLOBAL": p.folder_of("gc-d")})
_add("git", "git-config-count", "GIT_CONFIG_COUNT without its keys", {"GIT_CONFIG_COUNT": "3"})
_add("git", "git-config-count-odd", "GIT_CONFIG_COUNT is no number", {"GIT_CONFIG_COUNT": "many"})
_add("git", "git-config-parameters", "GIT_CONFIG_PARAMETERS is broken", {"GIT_CONFIG_PARAMETERS": "'"})
_add(
    "git",
    "git-ceiling",
    "GIT_CEILING_DIRECTORIES hides the repository",
    lambda p: {"GIT_CEILING_DIRECTORIES": str(p.project)},
)
_add(
    "git",
    "git-diff",
    "GIT_EXTERNAL_DIFF and GIT_DIFF_OPTS are odd",
    {"GIT_EXTERNAL_DIFF": "/nowhere/diff", "GIT_DIFF_OPTS": "--nonsense"},
)
_add("git", "git-pager", "GIT_PAGER and PAGER fail", {"GIT_PAGER": "false", "PAGER": "false"})
_add("git", "git-trace", "GIT_TRACE and its kin are on", {"GIT_TRACE": "1", "GIT_TRACE_SETUP": "1", "GIT_TRACE2": "1"})
_add("git", "git-trace-file", "GIT_TRACE names a file that cannot be written", {"GIT_TRACE": "/proc/trace"})
_add(
    "git",
    "git-namespace",
    "GIT_NAMESPACE, GIT_PREFIX and GIT_LITERAL_PATHSPECS are set",
    {"GIT_NAMESPACE": "x", "GIT_PREFIX": "sub/", "GIT_LITERAL_PATHSPECS": "1"},
)
_add(
    "git",
    "git-pathspecs",
    "GIT_GLOB_PATHSPECS and GIT_NOGLOB_PATHSPECS contradict each other",
    {"GIT_GLOB_PATHSPECS": "1", "GIT_NOGLOB_PATHSPECS": "1"},
)
_add(
    "git",
    "git-attr",
    "GIT_ATTR_SOURCE and GIT_DEFAULT_HASH name nothing",
    {"GIT_ATTR_SOURCE": "nowhere", "GIT_DEFAULT_HASH": "md5"},
)
_add("git", "git-exec-path", "GIT_EXEC_PATH names nothing", lambda p: {"GIT_EXEC_PATH": p.nowhere()})
