"""The services that moto answers, completed on the way out where moto lacks what clients look for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import replace

from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.firewall.read import changes_groups
from ecsdeploy.sandbox.github.keys import SigningKey
from ecsdeploy.sandbox.http import Environ, HttpAnswer
from ecsdeploy.sandbox.iam import providers, roles
from ecsdeploy.sandbox.moto_backend import MotoBackend, MotoError, without_namespaces
from ecsdeploy.sandbox.moto_words import reworded
from ecsdeploy.sandbox.network_interfaces import TaskInterface, knows_filters, merged, select, wanted_ids, without_ids
from ecsdeploy.sandbox.requests import AwsRequest
from ecsdeploy.sandbox.security_groups import check_deletion, let_members_in
from ecsdeploy.sandbox.seeding import Seeding
from ecsdeploy.sandbox.sessions import Sessions
from ecsdeploy.sandbox.settings import Settings
from ecsdeploy.sandbox.sts.service import Sts
from ecsdeploy.sandbox.web_identity import WebIdentities
from ecsdeploy.sandbox.wire import AwsError

Interfaces = Callable[[], Iterable[TaskInterface]]

USER = "sandbox"
_USER_ID = "AIDASANDBOX0000000000"
# moto's own web pages and its imitation of the instance metadata service are nobody's AWS.
_HIDDEN = ("/moto-api", "/latest/", "/favicon.ico")


class OtherServices:
    """Answers what is not the sandbox's own. `interfaces` are the tasks' network interfaces.

    `ec2_changed` is called after each call that may have changed something in EC2.
    """

    def __init__(
        self,
        settings: Settings,
        moto: MotoBackend,
        seeding: Seeding,
        interfaces: Interfaces,
        clock: Clock,
        *,
        sessions: Sessions,
        github: SigningKey,
        ec2_changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._moto = moto
        self._seeding = seeding
        self._interfaces = interfaces
        self._ec2_changed = ec2_changed
        self._sessions = sessions
        self._sts = Sts(moto, sessions, WebIdentities(moto, clock, github), clock, self.identify)
        self._role_of = functools.lru_cache(maxsize=256)(self._ask_who)

    def answer(self, environ: Environ, request: AwsRequest) -> HttpAnswer:
        """Answer a request. Raises `AwsError`."""
        if environ.get("PATH_INFO", "").startswith(_HIDDEN):
            raise AwsError("AccessDenied", "There is nothing here.", status=404)
        if request.service == "ec2":
            self._seeding.ensure(request.region)
        if (request.service, request.operation) == ("ec2", "DescribeNetworkInterfaces"):
            return self._network_interfaces(environ, request)
        if request.service == "sts" and (given := self._sts.answer(request)) is not None:
            return given
        self._prepare(request)
        if (request.service, request.operation) == ("iam", providers.ADD):
            return providers.add_client_id(self._moto, request)
        answer = self._moto.answer(environ, request)
        if request.service == "ec2" and changes_groups(request.operation):
            self._after_a_change(request, answer)
        if (request.service, request.operation) == ("sts", "GetCallerIdentity"):
            return self._named(answer)
        if (request.service, request.operation) == ("iam", "CreateServiceLinkedRole") and answer.status == 409:
            raise AwsError(
                "InvalidInput",
                f"Service role name {_linked_role(request.form.get('AWSServiceName', ''))} has been taken in this "
                "account, please try a different suffix.",
            )
        return reworded(answer, request.service)

    def _after_a_change(self, request: AwsRequest, answer: HttpAnswer) -> None:
        if request.operation in ("CreateVpc", "CreateDefaultVpc") and answer.status < 400:
            vpc = without_namespaces(answer.body).findtext("vpc/vpcId", "")
            let_members_in(self._moto, request.region, vpc)
        self._ec2_changed()

    def _prepare(self, request: AwsRequest) -> None:
        """Do what moto does not before it answers. Raises `AwsError` for what AWS would refuse."""
        if (request.service, request.operation) == ("ec2", "DeleteSecurityGroup"):
            check_deletion(self._moto, request.form, request.region, self._interfaces())
        if request.service == "iam":
            roles.prepare(self._moto, request)

    def identify(self, access_key: str, region: str) -> str:
        """Return the ARN of whoever an access key belongs to; a key that nobody made is the sandbox's user."""
        if access_key in ("", SANDBOX_KEY):
            return self._user()
        if session := self._sessions.find(access_key):
            return session.arn
        # Keys of CreateAccessKey are moto's, and so are those of AssumeRoleWithSAML.
        return self._role_of(access_key, region)

    def is_moto_session(self, request: AwsRequest) -> bool:
        """Return whether a temporary key is one that moto gave out (AssumeRoleWithSAML)."""
        return self._role_of(request.access_key, request.region) != self._user()

    def ensure_ecs_role(self, region: str) -> None:
        """Create ECS's service-linked role, unless it is there: CreateCluster does so (API reference)."""
        try:
            self._moto.query("iam", "CreateServiceLinkedRole", region, AWSServiceName="ecs.amazonaws.com")
        except MotoError as error:
            if error.code != "EntityAlreadyExists":
                raise

    def _ask_who(self, access_key: str, region: str) -> str:
        root = self._moto.query("sts", "GetCallerIdentity", region, access_key=access_key)
        arn = root.findtext(".//Arn", "")
        return self._user() if arn.endswith(":user/moto") else arn

    def _user(self) -> str:
        return f"arn:aws:iam::{self._settings.account}:user/{USER}"

    def _named(self, answer: HttpAnswer) -> HttpAnswer:
        moto_user = f"arn:aws:sts::{self._settings.account}:user/moto".encode()
        if moto_user not in answer.body:
            return answer
        body = answer.body.replace(moto_user, self._user().encode())
        return replace(answer, body=body.replace(b"AKIAIOSFODNN7EXAMPLE", _USER_ID.encode()))

    def _network_interfaces(self, environ: Environ, request: AwsRequest) -> HttpAnswer:
        # A request that asks for a next page asks moto alone: the tasks' interfaces stood on the first.
        found = [] if "NextToken" in request.form else select(self._interfaces(), request.form)
        asked = wanted_ids(request.form)
        ours = {one.id for one in found}
        if asked and ours.issuperset(asked):
            return merged(None, found)
        asked_of_moto = replace(request, form=without_ids(request.form, ours))
        try:
            theirs: HttpAnswer | None = self._moto.answer(environ, asked_of_moto)
        except AwsError:
            # moto lacks filters that AWS has; an interface of a task is found by them all the same.
            if not knows_filters(request.form):
                raise
            theirs = None
        answer = merged(theirs, found)
        for wanted in asked:
            # moto leaves out what it does not find.
            if answer.status < 400 and f"<networkInterfaceId>{wanted}<".encode() not in answer.body:
                message = f"The networkInterface ID '{wanted}' does not exist"
                raise AwsError("InvalidNetworkInterfaceID.NotFound", message)
        return answer


SANDBOX_KEY = "AKIASANDBOX000000000"
"""The access key that `sandbox env` gives; its secret is the word `sandbox`."""


def _linked_role(service: str) -> str:
    return {"ecs.amazonaws.com": "AWSServiceRoleForECS"}.get(service, f"for {service}")
