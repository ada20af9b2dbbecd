"""botocore's exceptions, turned into ours: what happened, why, what to do.

Codes come from botocore's service models and the common errors of each AWS protocol; texts of AWS are shown, never
relied on, except to find the action and the resource in a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as boto
from botocore.exceptions import ClientError

from ecsdeploy.errors import (
    AwsError,
    CredentialsError,
    EcsdeployError,
    ExitCode,
    PermissionDenied,
    Unreachable,
    UsageError,
)

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "403"}
VAGUE = {"ClientException", "InvalidParameterException", "ValidationException"}
NOT_IMPLEMENTED = 501
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
REJECTED = {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
THROTTLED = {
    "LimitExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
}
BROKEN = {
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "ServerException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
}
"""AWS's own fault; ECS answers ServerException with status 400 too, which botocore does not retry."""
FIXES = {
    "ClusterNotFoundException": "Run `ecsdeploy setup`, which creates the cluster.",
    "DeleteConflict": "Something else still uses the role, such as an instance profile. Detach it, then run the "
    "same command again.",
    "DependencyViolation": "A network interface or a rule of another security group still uses it. `aws ec2 "
    "describe-network-interfaces --filters Name=group-id,Values=GROUP_ID` lists the interfaces. Remove what uses it, "
    "then run the same command again.",
    "PlatformTaskDefinitionIncompatibilityException": "Check [task.raw]: Fargate does not support a setting there.",
    "PlatformUnknownException": "Check platformVersion in [service.raw].",
    "RepositoryNotFoundException": "Run `ecsdeploy create-repo`, which creates the repository.",
    "ServiceNotActiveException": "The service is being deleted. Wait until it is gone, then deploy again.",
    "ServiceNotFoundException": "Run `ecsdeploy deploy`, which creates the service.",
    "UnsupportedFeatureException": "Check [service.raw]: this Region does not support a setting there.",
}
"""AWS's error codes with exactly one fix (botocore's service models)."""
QUOTA = "A quota is reached: ask for more in Service Quotas, or delete what is unused."
SAID = (
    (
        re.compile(r"service.linked role", re.IGNORECASE),
        "Run `ecsdeploy setup`, which creates ECS's service-linked role; if it was just created, wait a minute.",
    ),
    (
        re.compile(r"capacity provider '?\S+'? was not found|not associated with the cluster", re.IGNORECASE),
        "Run `ecsdeploy setup`, which gives the cluster FARGATE and FARGATE_SPOT.",
    ),
    (
        re.compile(r"still draining", re.IGNORECASE),
        "A service of that name is being deleted. Wait until it is gone (a few minutes), then run the same command "
        "again.",
    ),
    (
        re.compile(r"long arn format|new arn and resource id format", re.IGNORECASE),
        "This account makes services with ARNs of the old form, which take no tags. Opt in with `aws ecs "
        "put-account-setting-default --name serviceLongArnFormat --value enabled`; a service that has an old ARN keeps "
        "it: delete it first, or choose another name in [names] service.",
    ),
)
"""What AWS says under a code that says nothing (InvalidParameterException), and the fix."""
_ASSUME = (
    "The role's trust policy has to let this principal in, and its own policies have to allow sts:AssumeRole. The "
    "deploy role that `ecsdeploy setup` makes lets in the CI alone."
)
SIGN_IN = "Sign in again (`aws sso login`, or new keys in the environment), then run the same command."

_NOT_AUTHORIZED = re.compile(
    r"not authorized to perform:? (?P<action>[\w-]+:\w+)(?: on resource:? (?P<resource>\S+))?", re.IGNORECASE
)

_TITLE = re.compile(r"<title>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@contextmanager
def aws_errors(service: str) -> Iterator[None]:
    """Turn what botocore raises inside into `EcsdeployError`s; `service` is IAM's prefix, such as `ecs`."""
    try:
        yield
    except ClientError as error:
        raise from_client_error(error, service) from error
    except boto.BotoCoreError as error:
        raise from_botocore(error) from error
    except RuntimeError as error:
        if "still expired" not in str(error):  # botocore, of keys in the environment that say when they end
            raise
        raise CredentialsError("The AWS credentials have expired.", why=str(error), fix=SIGN_IN) from error
    except OSError as error:
        # Botocore has its own errors for connections; what is left are files with credentials in them.
        raise CredentialsError("The AWS credentials could not be loaded.", why=str(error), fix=SIGN_IN) from error


@contextmanager
def aws_settings(service: str) -> Iterator[None]:
    """Turn what botocore raises while it reads its settings and the credentials into `EcsdeployError`s.

    What is not known by name is a `UsageError` here: only the user's variables and files were looked at yet.
    """
    try:
        with aws_errors(service):
            yield
    except AwsError as error:
        if not isinstance(error.__cause__, boto.BotoCoreError) or isinstance(error, Unreachable):
            raise
        raise UsageError(
            "The AWS configuration cannot be used.",
            why=error.why,
            fix="Correct or unset it: a variable whose name begins with AWS_, or the profile in the AWS configuration.",
        ) from error


def from_client_error(error: ClientError, service: str) -> EcsdeployError:
    """Return the error that says what AWS answered."""
    body = error.response.get("Error", {})
    code, message = str(body.get("Code", "")), str(body.get("Message", ""))
    told = _told(message)
    operation = error.operation_name
    # ECS refuses a missing iam:PassRole with ClientException, and only the message names it.
    if code in DENIED or (code in VAGUE and _NOT_AUTHORIZED.search(message)):
        return denied(service, operation, message)
    if code in EXPIRED:
        return CredentialsError("The AWS credentials have expired.", why=f"{operation}: {message}", fix=SIGN_IN)
    if code in REJECTED:
        return CredentialsError("AWS does not accept the credentials.", why=f"{operation}: {message}", fix=SIGN_IN)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in THROTTLED and _is_rate(code, message):
        return Unreachable(
            f"AWS keeps throttling {service}:{operation}.",
            code=code,
            operation=operation,
            message=message,
            why=message,
            fix="Something else in this account and Region calls the same API very often. Run the same command later.",
        )
    if status == NOT_IMPLEMENTED:
        code = "NotImplemented"  # an emulator: it will not know the operation later either
    elif status >= 500 or code in BROKEN:
        return Unreachable(
            f"AWS could not answer {service}:{operation} (HTTP {status}).",
            code=code,
            operation=operation,
            message=message,
            why=told,
            fix="The fault is on AWS's side. Run the same command again; it continues where it stopped.",
        )
    fix = what_to_do(code, message)
    refused = AwsError(
        f"AWS refused {service}:{operation}: {code}.",
        code=code,
        operation=operation,
        message=message,
        why=told,
        fix=fix,
    )
    refused.exit_code = ExitCode.REFUSED if fix else ExitCode.UNEXPECTED
    return refused


def _told(message: str) -> str:
    """Return what AWS said; of a web page, which a proxy or an emulator answers with, its title."""
    if "<html" not in message.lower():
        return message
    title = _TITLE.search(message)
    return f"The answer is a web page, not AWS's: {title[1].strip() if title else 'without a title'}"


def what_to_do(code: str, message: str) -> str:
    """Return the fix for an AWS error, or ""."""
    if code in FIXES:
        return FIXES[code]
    if code.removesuffix("Exception").endswith("LimitExceeded"):  # as in RulesPerSecurityGroupLimitExceeded
        return QUOTA
    return next((fix for said, fix in SAID if said.search(message)), "")


def _is_rate(code: str, message: str) -> bool:
    """Return whether this is a rate limit (it passes) and not a quota (it stays): IAM and Logs share the code."""
    return code != "LimitExceededException" or "rate" in message.lower()


def denied(service: str, operation: str, message: str) -> PermissionDenied:
    """Return the refusal with the action and the resource that AWS names, or the operation's own."""
    found = _NOT_AUTHORIZED.search(message)
    action = found["action"] if found else f"{service}:{operation}"
    resource = ((found["resource"] or "") if found else "").rstrip(".,")
    on = f" on {resource}" if resource else ""
    return PermissionDenied(
        f"These credentials lack permission for {action}{on}.",
        action=action,
        resource=resource,
        why=message,
        fix=_ASSUME
        if action == "sts:AssumeRole"
        else f"Allow {action}{on} for this principal, or use credentials that have it.",
    )


def from_botocore(error: boto.BotoCoreError) -> EcsdeployError:
    """Return the error for what went wrong before or without an answer."""
    if isinstance(error, boto.NoCredentialsError | boto.PartialCredentialsError):
        return CredentialsError(
            "There are no AWS credentials.",
            why=str(error),
            fix="Sign in (`aws sso login`, AWS_PROFILE, or keys in the environment). "
            'Without an AWS account: `ecsdeploy sandbox up --detach`, then `eval "$(ecsdeploy sandbox env)"`.',
        )
    if isinstance(
        error, boto.ConfigParseError | boto.ConfigNotFound | boto.InvalidConfigError | boto.InfiniteLoopConfigError
    ):
        return UsageError(
            "The AWS configuration cannot be used.", why=str(error), fix="Correct the file, or name another --profile."
        )
    if isinstance(error, boto.ProfileNotFound):
        return UsageError(str(error) + ".", fix="Name a profile that `aws configure list-profiles` shows.")
    if isinstance(
        error,
        boto.SSOError
        | boto.TokenRetrievalError
        | boto.UnauthorizedSSOTokenError
        | boto.CredentialRetrievalError
        | boto.MetadataRetrievalError
        | boto.LoginError,
    ):
        return CredentialsError("The AWS credentials could not be loaded.", why=str(error), fix=SIGN_IN)
    if isinstance(error, boto.HTTPClientError | boto.ConnectionError):
        return Unreachable(
            "AWS does not answer.",
            code=type(error).__name__,
            operation="",
            message=str(error),
            why=str(error),
            fix="Check the network, the Region and AWS_ENDPOINT_URL; for the sandbox, `ecsdeploy sandbox status`.",
        )
    return AwsError(
        "The AWS call could not be made.", code=type(error).__name__, operation="", message=str(error), why=str(error)
    )
