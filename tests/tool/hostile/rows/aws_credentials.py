"""Where AWS credentials come from."""

from __future__ import annotations

from functools import partial

from tests.tool.hostile.environment import NO_KEYS, NOT_TEXT, VARIABLES, Place, Variables

_add = VARIABLES.add


def _profile(place: Place, text: str) -> Variables:
    """Return what makes botocore look for credentials in a profile of that text."""
    return {**NO_KEYS, "AWS_CONFIG_FILE": place.file("aws-config", f"[default]\n{text}\n")}


_add("aws", "no-credentials", "no credentials at all", NO_KEYS)
_add("aws", "half-credentials", "a key without its secret", {"AWS_SECRET_ACCESS_KEY": None})
_add("aws", "empty-credentials", "keys that are empty", {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
_add(
    "aws",
    "odd-credentials",
    "keys with a line break",
    {"AWS_ACCESS_KEY_ID": "AKIA\n", "AWS_SECRET_ACCESS_KEY": "x\r\ny"},
)
_add(
    "aws",
    "letters-in-credentials",
    "keys beyond ASCII",
    {"AWS_ACCESS_KEY_ID": "schlüssel", "AWS_SECRET_ACCESS_KEY": "geheimnis\u2013🗝"},
)
_add("aws", "odd-token", "a session token with a line break", {"AWS_SESSION_TOKEN": "a\nb"})
_add("aws", "letters-in-token", "a session token beyond ASCII", {"AWS_SESSION_TOKEN": "\u2013🗝"})
_add("aws", "profile-missing", "AWS_PROFILE names none", {**NO_KEYS, "AWS_PROFILE": "missing"})
_add("aws", "profile-missing-keys", "AWS_PROFILE names none, beside keys", {"AWS_PROFILE": "missing"})
_add("aws", "config-broken", "AWS_CONFIG_FILE is broken", lambda p: {"AWS_CONFIG_FILE": p.file("c", "[default\nx")})
_add("aws", "config-folder", "AWS_CONFIG_FILE is a folder", lambda p: {"AWS_CONFIG_FILE": p.folder_of("c")})
_add("aws", "config-binary", "AWS_CONFIG_FILE is binary", lambda p: {"AWS_CONFIG_FILE": p.file("c", NOT_TEXT)})
_add(
    "aws",
    "config-utf16",
    "AWS_CONFIG_FILE is UTF-16",
    lambda p: {"AWS_CONFIG_FILE": p.file("c", "[default]\nregion=x".encode("utf-16"))},
)
_add(
    "aws",
    "config-latin1",
    "AWS_CONFIG_FILE is Latin-1",
    lambda p: {"AWS_CONFIG_FILE": p.file("c", "[profile für]\nregion=x".encode("latin-1"))},
)
_add(
    "aws",
    "config-bom",
    "AWS_CONFIG_FILE begins with a byte order mark",
    lambda p: {"AWS_CONFIG_FILE": p.file("c", b"\xef\xbb\xbf[default]\nregion=us-east-1\n")},
)
_add(
    "aws",
    "config-null",
    "AWS_CONFIG_FILE's name has a home that is none",
    {"AWS_CONFIG_FILE": "~nobody-of-that-name/config"},
)
_add("aws", "config-endless", "AWS_CONFIG_FILE is /dev/null", {"AWS_CONFIG_FILE": "/dev/null"})
_add(
    "aws",
    "credentials-broken",
    "AWS_SHARED_CREDENTIALS_FILE is broken",
    lambda p: {**NO_KEYS, "AWS_SHARED_CREDENTIALS_FILE": p.file("c", "[x\ny")},
)
_add(
    "aws",
    "credentials-binary",
    "AWS_SHARED_CREDENTIALS_FILE is binary",
    lambda p: {**NO_KEYS, "AWS_SHARED_CREDENTIALS_FILE": p.file("c", NOT_TEXT)},
)
_add(
    "aws",
    "credentials-folder",
    "AWS_SHARED_CREDENTIALS_FILE is a folder",
    lambda p: {**NO_KEYS, "AWS_SHARED_CREDENTIALS_FILE": p.folder_of("c")},
)
_add(
    "aws",
    "credentials-half",
    "the credentials file lacks the secret",
    lambda p: {**NO_KEYS, "AWS_SHARED_CREDENTIALS_FILE": p.file("c", "[default]\naws_access_key_id=x\n")},
)
for _id, _line in {
    "process-fails": "credential_process = false",
    "process-missing": "credential_process = /nowhere/at/all",
    "process-nonsense": "credential_process = echo nonsense",
    "process-list": "credential_process = echo []",
    "process-version": 'credential_process = echo {"Version":9}',
    "process-quotes": "credential_process = echo 'x",
    "process-empty": "credential_process =",
    "process-not-executable": "credential_process = /etc/passwd",
    "sso": "sso_start_url=https://x.invalid/start\nsso_region=us-east-1\nsso_account_id=123456789012\nsso_role_name=x",
    "sso-half": "sso_start_url=https://x.invalid/start",
    "sso-session": "sso_session=missing\nsso_account_id=123456789012\nsso_role_name=x",
    "login-session": "login_session = arn:aws:iam::123456789012:user/x",
    "source-missing": "role_arn=arn:aws:iam::123456789012:role/x\nsource_profile=missing",
    "source-loop": "role_arn=arn:aws:iam::123456789012:role/x\nsource_profile=default",
    "credential-source": "role_arn=arn:aws:iam::123456789012:role/x\ncredential_source=Nonsense",
    "web-identity": "role_arn=arn:aws:iam::123456789012:role/x\nweb_identity_token_file=/nowhere/token",
    "retries": "retry_mode=odd\nmax_attempts=x",
    "s3-odd": "s3 =\n  nonsense\n",
    "services": "services = missing",
    "region-odd": "region = \u00fc",
    "endpoint": "endpoint_url = nonsense",
    "defaults-mode": "defaults_mode = odd",
    "mfa": "role_arn=arn:aws:iam::123456789012:role/x\nsource_profile=default\nmfa_serial=arn:aws:iam::1:mfa/x\n"
    "aws_access_key_id=x\naws_secret_access_key=y",
}.items():
    _add(
        "aws",
        f"profile-{_id}",
        f"a profile with {_line.splitlines()[0].strip() or 'nothing'}",
        partial(_profile, text=_line),
    )
_add(
    "aws",
    "profile-keys",
    "odd settings in the profile, beside keys",
    lambda p: {
        "AWS_CONFIG_FILE": p.file("c", "[default]\nretry_mode=odd\nmax_attempts=x\nparameter_validation=maybe\ns3=x\n")
    },
)
_add(
    "aws",
    "web-identity",
    "AWS_WEB_IDENTITY_TOKEN_FILE names nothing",
    lambda p: {
        **NO_KEYS,
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x",
        "AWS_WEB_IDENTITY_TOKEN_FILE": p.nowhere(),
    },
)
_add(
    "aws",
    "web-identity-folder",
    "AWS_WEB_IDENTITY_TOKEN_FILE is a folder",
    lambda p: {
        **NO_KEYS,
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x",
        "AWS_WEB_IDENTITY_TOKEN_FILE": p.folder_of("t"),
    },
)
_add(
    "aws",
    "web-identity-binary",
    "AWS_WEB_IDENTITY_TOKEN_FILE is binary",
    lambda p: {
        **NO_KEYS,
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x",
        "AWS_WEB_IDENTITY_TOKEN_FILE": p.file("t", NOT_TEXT),
    },
)
_add(
    "aws",
    "web-identity-role",
    "AWS_WEB_IDENTITY_TOKEN_FILE without a role",
    lambda p: {**NO_KEYS, "AWS_WEB_IDENTITY_TOKEN_FILE": p.file("t", "x")},
)
for _id, _uri in {
    "nonsense": "nonsense",
    "http": "http://example.invalid/x",
    "port": "http://127.0.0.1:x/",
    "brackets": "http://[::1/",
    "file": "file:///x",
}.items():
    _add(
        "aws",
        f"container-{_id}",
        f"AWS_CONTAINER_CREDENTIALS_FULL_URI={_uri}",
        {**NO_KEYS, "AWS_CONTAINER_CREDENTIALS_FULL_URI": _uri},
    )
_add(
    "aws",
    "container-token",
    "the container's authorization token file names nothing",
    lambda p: {
        **NO_KEYS,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": p.nowhere(),
    },
)
_add(
    "aws",
    "container-token-odd",
    "the container's authorization token has a line break",
    {
        **NO_KEYS,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nb",
    },
)
_add(
    "aws",
    "region",
    "AWS_REGION and AWS_DEFAULT_REGION are nonsense",
    {"AWS_REGION": "mars-1", "AWS_DEFAULT_REGION": "\n"},
)
_add(
    "aws",
    "output",
    "AWS_DEFAULT_OUTPUT, AWS_PAGER, AWS_CLI_* are odd",
    {"AWS_DEFAULT_OUTPUT": "odd", "AWS_PAGER": "false", "AWS_CLI_AUTO_PROMPT": "on"},
)
_URL, _TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_JOB: Variables = {
    **NO_KEYS,
    "GITHUB_ACTIONS": "true",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/deployer",
    _URL: "http://127.0.0.1:1/token",
    _TOKEN: "token",
}
_add("aws", "job-silent", "the runner's token service does not answer", _JOB)
_add("aws", "job-url-odd", f"{_URL} is no address", {**_JOB, _URL: "\x1b[2J\u2013"})
_add("aws", "job-url-http", f"{_URL} is not safe", {**_JOB, _URL: "http://x.invalid/"})
_add("aws", "job-url-empty", f"{_URL} is empty", {**_JOB, _URL: ""})
_add("aws", "job-token-odd", f"{_TOKEN} has a line break", {**_JOB, _TOKEN: "a\r\nX: b"})
_add("aws", "job-role-odd", "AWS_ROLE_ARN is no role, on a runner", {**_JOB, "AWS_ROLE_ARN": "\u2013"})
_add("aws", "keys-over", "the keys ended long ago", {"AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"})
_add("aws", "keys-end-odd", "AWS_CREDENTIAL_EXPIRATION is nonsense", {"AWS_CREDENTIAL_EXPIRATION": "soon"})
