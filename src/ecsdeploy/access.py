"""Which credentials a run uses, and whether they last: a decision on its options, its config and its environment.

On a runner that offers an id token, the job's own token comes before everything else where a role is named, and last
where none is: then the deploy role of the config is assumed if the environment says nothing of AWS. Elsewhere, and for
everything that is not said here, credentials are what botocore finds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from ecsdeploy.aws.sign_in import SESSION_NAME, Role, SignIn
from ecsdeploy.config.duration import text_of
from ecsdeploy.errors import CredentialsError, WrongAccount
from ecsdeploy.events import Note, Warn
from ecsdeploy.github.environment import read_runner
from ecsdeploy.github.id_token import fetch_id_token, has_id_token, not_offered
from ecsdeploy.github.token import NotAToken, decode, unusable
from ecsdeploy.policy.issuers import github_issuer
from ecsdeploy.runtime import Options

if TYPE_CHECKING:
    from ecsdeploy.clock import Clock
    from ecsdeploy.config.load import Loaded

_SETTLE = "ECSDEPLOY_IAM_SETTLE"
_ROLE, _FILE = "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"
_OWN = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    _FILE,
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Variables that lead botocore to credentials (boto3, "Credentials")."""
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


def sign_in_of(options: Options, loaded: Loaded, environ: Mapping[str, str]) -> SignIn:
    """Return how a run signs in.

    Raises `UsageError` for what is not a role's ARN, `WrongAccount` for a role of another account than the config's,
    and `CredentialsError` where the job's token is of no use because no role is known.
    """
    by_token = options.profile is None and has_id_token(environ)
    role = _role(options, loaded, environ, by_token=by_token)
    runner = read_runner(environ)
    return SignIn(
        profile=options.profile,
        role=role,
        token=partial(fetch_id_token, environ, hidden=options.hidden, clock=options.clock)
        if role is not None and by_token
        else None,
        flaw=partial(_flaw, loaded, options.clock),
        otherwise=not_offered(environ) if runner.github and not by_token and loaded.config.github else None,
        session_name=session_name(environ),
        job=", ".join(part for part in (runner.repository, runner.ref) if part),
        at_once=environ.get(_SETTLE) == "0s",
        clock=options.clock,
        hidden=options.hidden,
    )


def session_name(environ: Mapping[str, str]) -> str:
    """Return the session's name, as CloudTrail shows it: AWS_ROLE_SESSION_NAME, or with the id of the job's run."""
    chosen, run = environ.get("AWS_ROLE_SESSION_NAME", ""), environ.get("GITHUB_RUN_ID", "")
    ours = f"{SESSION_NAME}-{run}" if read_runner(environ).github and run else SESSION_NAME
    return next(name for name in (chosen, ours, SESSION_NAME) if _SESSION_NAME.fullmatch(name))


def lasting(sign_in: SignIn, environ: Mapping[str, str], *, now: datetime, seconds: int) -> Note | Warn | None:
    """Return what is known of how long the keys in the environment last, for something that takes `seconds` at most.

    None where others are used, and where nothing is known.
    """
    if sign_in.token is not None or sign_in.profile is not None or not environ.get("AWS_ACCESS_KEY_ID"):
        return None
    instead = (
        "Without them, ecsdeploy signs in by the job's id token, and renews that."
        if has_id_token(environ)
        else "Nothing renews them."
    )
    ends = _ends(environ)
    if ends is None:
        if not (environ.get("AWS_SESSION_TOKEN") and has_id_token(environ)):
            return None
        return Note(f"The AWS keys in the environment are a session's, and do not say when it ends. {instead}")
    left = int((ends - now).total_seconds())
    until = f"The AWS keys in the environment end at {ends:%H:%M} UTC, in {text_of(max(left, 0))}"
    if left > seconds:
        return Note(f"{until}; this takes {text_of(seconds)} at most.")
    return Warn(f"{until}, and this may take {text_of(seconds)}. {instead}")


def _role(options: Options, loaded: Loaded, environ: Mapping[str, str], *, by_token: bool) -> Role | None:
    """Return the role to assume, None for the credentials that the machine has."""
    if options.role_arn:
        return _in_account(Role.of_arn(options.role_arn, "--role-arn"), loaded)
    if not by_token:
        return None
    if environ.get(_ROLE) and not environ.get(_FILE):
        return _in_account(Role.of_arn(environ[_ROLE], _ROLE), loaded)
    if loaded.config.github is None or any(environ.get(name) for name in _OWN):
        return None
    config = loaded.config
    if config.account is None:
        raise CredentialsError(
            "Which role this job is to assume is not known.",
            why="Its ARN has the account in it, and the config has no `account`.",
            fix=f'Add account = "123456789012" to {loaded.path.name}, or name the role with --role-arn or {_ROLE}.',
        )
    return Role(config.account, loaded.names.deploy_role, config.iam.path)


def _flaw(loaded: Loaded, clock: Clock, token: str, audience: str) -> CredentialsError | None:
    """Return why STS takes no such token at all, as far as it says so itself."""
    github = loaded.config.github
    issuer = github_issuer(github.server or "", github.enterprise or "").url if github else ""
    try:
        found = unusable(decode(token), now=clock.now(), issuer=issuer, audience=audience)
    except NotAToken:
        return None
    return CredentialsError(found.what, why=found.why, fix=found.fix) if found else None


def _in_account(role: Role, loaded: Loaded) -> Role:
    account = loaded.config.account
    if account not in (None, role.account):
        raise WrongAccount(
            f"The role {role.name} belongs to account {role.account}, the config says {account}.",
            fix="Name a role of the right account, or correct `account` in the config.",
        )
    return role


def _ends(environ: Mapping[str, str]) -> datetime | None:
    """Return when the keys in the environment end: AWS_CREDENTIAL_EXPIRATION, which botocore reads as well."""
    try:
        found = datetime.fromisoformat(environ.get("AWS_CREDENTIAL_EXPIRATION", ""))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None
