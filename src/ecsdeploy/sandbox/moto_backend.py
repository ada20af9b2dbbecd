"""moto, in this process, for the services that are not the sandbox's own.

Importing it takes a second and a half, so that happens in a thread of its own after the sandbox began to answer;
whoever needs moto waits. One process has one moto: two sandboxes in one process would share its resources.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from ecsdeploy.sandbox.http import Environ, HttpAnswer, WsgiApp, read_body
from ecsdeploy.sandbox.one_reading import FORM_TYPE, as_read, authorization
from ecsdeploy.sandbox.requests import AwsRequest
from ecsdeploy.sandbox.settings import Settings
from ecsdeploy.sandbox.wire import AwsError

_log = logging.getLogger(__name__)

SERVICES = frozenset(
    {
        "acm",
        "dynamodb",
        "ec2",
        "elasticloadbalancing",
        "events",
        "iam",
        "kms",
        "monitoring",
        "route53",
        "s3",
        "secretsmanager",
        "servicediscovery",
        "sqs",
        "ssm",
        "sts",
        "tagging",
    }
)
"""The signing names that moto answers. Services in which moto would start containers or call other hosts are not
among them: nothing but the loopback interface is ever reached."""

INTERNAL_KEY = "AKIASANDBOXINTERNAL0"
_JSON = "application/x-amz-json-1.1"


class MotoError(Exception):
    """moto refused a call that the sandbox itself made; `code` is AWS's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class MotoBackend:
    """Answers requests out of moto, and lets the sandbox's own parts ask moto what a client would ask."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._app: WsgiApp | None = None
        self._loading = threading.Lock()
        # moto's backends are plain dictionaries that are filled on first use: one request at a time.
        self._serial = threading.RLock()

    def load(self) -> None:
        """Import moto, unless that is done; returns when it can answer."""
        with self._loading:
            if self._app is None:
                self._app = _load()

    @property
    def loaded(self) -> bool:
        """Return whether moto can answer; before that, nobody has made anything in it."""
        return self._app is not None

    def reset(self) -> None:
        """Forget every resource. Where moto is still being loaded there is none, and nobody waits for it."""
        if self._app is not None:
            from moto.moto_api._internal.models import moto_api_backend

            moto_api_backend.reset()

    def answer(self, environ: Environ, request: AwsRequest) -> HttpAnswer:
        """Answer a client's request. Raises `AwsError` for a service or an operation that is not there."""
        if request.service not in SERVICES:
            name = request.service or "this request"
            raise AwsError("UnknownOperationException", f"The sandbox has no {name}; AWS may.", status=400)
        return self._call(as_read(environ, request, INTERNAL_KEY))

    def know_aws_policies(self) -> None:
        """Give IAM the policies that AWS manages, unless it has them: most clients never ask, and they are many."""
        self.load()
        from moto.iam import models as iam
        from moto.iam.aws_managed_policies import aws_managed_policies_data

        with self._serial:
            backend = iam.iam_backends[self._settings.account]["aws"]
            if backend.aws_managed_policies:
                return
            for name, data in json.loads(aws_managed_policies_data).items():
                policy = iam.AWSManagedPolicy.from_data(name, self._settings.account, "aws", data)
                backend.aws_managed_policies.append(policy)
                backend.managed_policies[policy.arn] = policy

    def add_audience(self, provider: str, audience: str) -> bool:
        """Add an audience to the OIDC provider of an ARN, unless it has it; return whether there is such a provider."""
        self.load()
        from moto.iam import models as iam

        with self._serial:
            backends = iam.iam_backends[self._settings.account]
            partition = next((each for each in backends if provider.startswith(f"arn:{each}:")), "aws")
            found = backends[partition].open_id_providers.get(provider)
            if found is not None and audience not in found.client_id_list:
                found.client_id_list.append(audience)
            return found is not None

    def query(self, service: str, action: str, region: str, access_key: str = "", **params: str) -> ElementTree.Element:
        """Ask a service with a query protocol (IAM, STS, EC2) as a client with `access_key` would.

        Raises `MotoError`.
        """
        form = {"Action": action, "Version": _VERSIONS[service], **params}
        answer = self._ask(service, region, urlencode(form).encode(), FORM_TYPE, access_key=access_key)
        root = without_namespaces(answer.body)
        if answer.status >= 400:
            raise MotoError(root.findtext(".//Code", "Unknown"), root.findtext(".//Message", ""))
        return root

    def json(self, service: str, target: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Ask a JSON service (SSM, Secrets Manager) as a client would. Raises `MotoError`."""
        answer = self._ask(service, region, json.dumps(params).encode(), _JSON, target=target)
        body: dict[str, Any] = json.loads(answer.body or b"{}")
        if answer.status >= 400:
            raise MotoError(str(body.get("__type", "Unknown")), str(body.get("message", body.get("Message", ""))))
        return body

    def _ask(
        self, service: str, region: str, body: bytes, content_type: str, *, target: str = "", access_key: str = ""
    ) -> HttpAnswer:
        environ: Environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self._settings.port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": self._settings.registry(),
            "HTTP_AUTHORIZATION": authorization(access_key or INTERNAL_KEY, region, service),
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **({"HTTP_X_AMZ_TARGET": target} if target else {}),
        }
        return self._call(environ)

    def _call(self, environ: Environ) -> HttpAnswer:
        self.load()
        assert self._app is not None
        if environ["REQUEST_METHOD"] != "GET":
            read_body(environ)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._settings.account
        started: list[tuple[str, list[tuple[str, str]]]] = []
        with self._serial:
            try:
                chunks = self._app(environ, lambda status, headers, exc_info=None: started.append((status, headers)))
                body = b"".join(chunks)
            except NotImplementedError as error:
                raise AwsError("UnknownOperationException", f"The sandbox does not answer this: {error}") from error
        status, headers = started[-1]
        kept = [(name, value) for name, value in headers if name.lower() not in ("content-length", "content-type")]
        content_type = next((value for name, value in headers if name.lower() == "content-type"), "text/xml")
        return HttpAnswer(int(status.split()[0]), body, content_type, tuple(kept))


_VERSIONS = {"ec2": "2016-11-15", "iam": "2010-05-08", "sts": "2011-06-15"}


def without_namespaces(text: bytes) -> ElementTree.Element:
    """Return a parsed XML answer whose tags are plain names."""
    root = ElementTree.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


class _NothingToSay:
    def __init__(self, policy_document: str) -> None:
        """Look at nothing."""

    def validate(self) -> None:
        """Find nothing."""


def _load() -> WsgiApp:
    # The thousands of machine images that moto invents cost memory, and nobody here asks for them.
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    # Set, it would outrank the account that each sandbox gives with its requests.
    os.environ.pop("MOTO_ACCOUNT_ID", None)
    from moto.iam import models as iam
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    iam.SERVICE_NAME_CONVERSION.update({"ecs": "ECS", "elasticloadbalancing": "ElasticLoadBalancing"})
    for validator in ("IAMPolicyDocumentValidator", "IAMTrustPolicyDocumentValidator"):
        # moto asks one of some operations, and refuses with it what AWS takes; `iam.policies` asks for all of them.
        setattr(iam, validator, _NothingToSay)
    app: WsgiApp = DomainDispatcherApplication(create_backend_app)
    _log.info("moto is loaded")
    return app
