"""Proxies, the terminal, the language, the time, and GitHub's variables."""

from __future__ import annotations

from tests.tool.hostile.environment import VARIABLES

_add = VARIABLES.add

for _id, _proxy in {
    "refuses": "http://127.0.0.1:1",
    "nonsense": "nonsense",
    "port": "http://127.0.0.1:x",
    "port-high": "http://127.0.0.1:99999",
    "brackets": "http://[::1",
    "socks": "socks5://127.0.0.1:1",
    "scheme": "gopher://x",
    "empty": "",
    "user": "http://me:p%zz@127.0.0.1:1",
    "letters": "http://bücher.invalid:1",
    "label": "http://" + "a" * 70 + ".invalid:1",
}.items():
    _add(
        "proxies",
        f"proxy-{_id}",
        f"every proxy is {_proxy[:40]!r}",
        {
            **{
                name: _proxy
                for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
            },
            "NO_PROXY": None,
            "no_proxy": None,
        },
    )
_add(
    "proxies",
    "no-proxy-odd",
    "NO_PROXY is nonsense",
    {"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "[,,*.::1]/99,127.0.0.1", "no_proxy": "\n"},
)
_add(
    "proxies",
    "proxy-docker",
    "a proxy for a Docker Engine over TCP",
    {
        "DOCKER_HOST": "tcp://127.0.0.2:1",
        "HTTP_PROXY": "nonsense://",
        "http_proxy": "http://[::1",
        "NO_PROXY": "127.0.0.1",
    },
)

# ---- the terminal

for _name, _values in {
    "TERM": (None, "", "odd", "dumb\n"),
    "COLUMNS": ("0", "1", "-5", "nonsense", "99999999999999999999", ""),
    "LINES": ("0", "-1", "nonsense"),
    "NO_COLOR": ("1", ""),
    "FORCE_COLOR": ("1", "odd"),
    "COLORTERM": ("odd",),
    "TTY_COMPATIBLE": ("odd",),
    "LC_ALL": ("C", "POSIX", "xx_YY.nonsense", "de_DE.ISO-8859-1", "\n"),
    "LANG": ("nonsense",),
    "LANGUAGE": ("xx:yy",),
    "TZ": ("Nowhere/City", ":/etc/passwd", "\n", "UTC+99"),
    "CI": ("odd", "true"),
    "GITHUB_ACTIONS": ("true", "odd"),
    "_ECSDEPLOY_COMPLETE": ("",),
    "USER": (None,),
    "SHELL": ("/nowhere",),
    "DOCKER_CERT_PATH": ("/nowhere",),
    "SOURCE_DATE_EPOCH": ("x",),
    "EDITOR": ("false",),
}.items():
    for _number, _value in enumerate(_values, 1):
        _add(
            "terminal",
            f"{_name.lower().strip('_').replace('_', '-')}-{_number}",
            f"{_name}={_value!r}" if _value is not None else f"{_name} is not set",
            {_name: _value},
        )
_add(
    "github",
    "github-output",
    "GITHUB_OUTPUT and GITHUB_STEP_SUMMARY name nothing",
    lambda p: {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": p.nowhere("o/o"), "GITHUB_STEP_SUMMARY": p.nowhere("s/s")},
)
_add(
    "github",
    "github-output-folder",
    "GITHUB_OUTPUT and GITHUB_STEP_SUMMARY are folders",
    lambda p: {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": p.folder_of("o"), "GITHUB_STEP_SUMMARY": p.folder_of("s")},
)
_add(
    "github",
    "github-output-full",
    "GITHUB_OUTPUT and GITHUB_STEP_SUMMARY are on a full disk",
    {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": "/dev/full", "GITHUB_STEP_SUMMARY": "/dev/full"},
)
_add(
    "github",
    "github-odd",
    "GitHub's other variables are odd",
    {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SHA": "\u2013\n",
        "GITHUB_ACTOR": "Zoë\n🚀",
        "GITHUB_REPOSITORY": "x\ny",
        "GITHUB_SERVER_URL": "n",
        "GITHUB_RUN_ID": "\u2013",
        "GITHUB_REPOSITORY_ID": "x",
        "GITHUB_REPOSITORY_OWNER_ID": "y",
        "GITHUB_EVENT_PATH": "/nowhere",
    },
)
