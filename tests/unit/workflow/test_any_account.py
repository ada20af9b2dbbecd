"""Whatever an account has of an app, one plan brings it to what is wanted, and a second has nothing to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.account import Account, LogGroupSeen, RoleSeen, ServiceSeen
from ecsdeploy.core.network import Rule, open_port
from ecsdeploy.core.repository import RepositoryDetails, Share, lifecycle
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import DEPLOY, SETUP, Part
from tests.unit.core import builders as a
from tests.unit.core.situations import WEB, wants
from tests.unit.workflow.hands import Hands

ALL: tuple[Part, ...] = get_args(Part)
DEPLOYS: tuple[tuple[Part, ...], ...] = (DEPLOY, ("repository", *DEPLOY), ALL, ("task definition",))
PARTS = st.sampled_from(DEPLOYS) | st.sets(st.sampled_from(SETUP)).map(
    lambda some: tuple(filter(some.__contains__, ALL))
)
"""What commands are responsible for: a deployment for all that a service stands on, `setup` for any of it."""
APP = {"ecsdeploy:app": "hello"}
TAGS = st.sampled_from([WEB.tags, APP, {**WEB.tags, "team": "blue"}, {}])
"""Ours, half ours, ours with more, and nobody's, which is adopted."""
POLICY = {"Version": "2012-10-17", "Statement": [{"Sid": "More", "Effect": "Allow", "Action": "*", "Resource": "*"}]}


def one_of(**choices: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Return facts of which each is one of its choices."""
    return st.fixed_dictionaries({name: st.sampled_from(values) for name, values in choices.items()})


@st.composite
def roles(draw: st.DrawFn) -> dict[str, RoleSeen | None]:
    found: dict[str, RoleSeen | None] = {}
    for name, ours in a.roles_of(WEB).items():
        arn = ours.role.arn
        facts = draw(
            one_of(
                trust=[ours.role.trust, POLICY],
                description=[ours.role.description, "mine"],
                max_session=[3600, 7200],
                arn=[arn, arn.replace(":role/", ":role/platform/")],
            )
        )
        policy = draw(st.sampled_from([ours.policy, None, POLICY]))
        seen = RoleSeen(role=replace(ours.role, **facts, tags=draw(TAGS)), policy=policy)
        found[name] = draw(st.sampled_from([seen, None]))
    return found


@st.composite
def repositories(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.booleans()):
        return {"repository": None, "repository_details": None}
    facts = draw(one_of(mutability=["IMMUTABLE", "MUTABLE"], scan_on_push=[True, False], encryption=["AES256", "KMS"]))
    tags = draw(st.sampled_from([APP, {}]))
    details = RepositoryDetails(draw(st.sampled_from([lifecycle(Share(30)), lifecycle(Share(5)), None])), tags)
    return {"repository": a.repository(**facts), "repository_details": details}


@st.composite
def services(draw: st.DrawFn, account: Account) -> dict[str, Any]:
    """Draw a service and the revisions of its family; where there is no service, some may still be registered."""
    assert account.running is not None
    whole = a.revision(1, dict(account.running.document))
    other = replace(whole, document={**whole.document, "cpu": "1024"})
    newest = replace(draw(st.sampled_from([whole, other])), arn=f"{a.ARN}:task-definition/hello:2", revision=2)
    if draw(st.booleans()):
        return {"service": None, "running": None, "newest": draw(st.sampled_from([newest, None]))}
    running = replace(draw(st.sampled_from([whole, other])), status=draw(st.sampled_from(["ACTIVE", "INACTIVE"])))
    raw = draw(
        one_of(
            deploymentConfiguration=[a.service().raw["deploymentConfiguration"], {}],
            networkConfiguration=[a.NETWORK, {}],
            propagateTags=["SERVICE", "NONE"],
        )
    )
    last = a.rollout(draw(st.sampled_from(["SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "STOPPED"])))
    service = a.service(raw=raw, tags=draw(TAGS), **draw(one_of(desired=[0, 1, 4])))
    found = ServiceSeen(service=service, deployments=(last,))
    return {"service": found, "running": running, "newest": draw(st.sampled_from([newest, running]))}


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    ssh = Rule("tcp", 22, 22, "10.0.0.0/8")
    rules = st.sampled_from([open_port(3000), frozenset[Rule](), frozenset({ssh}), open_port(3000) | {ssh}])
    cluster = one_of(status=["ACTIVE", "INACTIVE"], capacity_providers=[("FARGATE", "FARGATE_SPOT"), ("mine",), ()])
    group = LogGroupSeen(group=a.log_group(**draw(one_of(retention_days=[30, 7, None]))), tags=draw(TAGS))
    security_group = a.security_group(ingress=draw(rules), tags=draw(TAGS))
    nouns = draw(
        one_of(
            provider=[None, (), ("sts.amazonaws.com",), ("other",)],
            linked_role=[True, False],
            cluster=[None, a.cluster(**draw(cluster))],
            log_group=[None, group],
            security_groups=[(), (security_group,)],
        )
    )
    account = a.account(WEB, roles=draw(roles()), **draw(repositories()), **nouns)
    return replace(account, **draw(services(account)))


@given(
    account=accounts(),
    reconcile=st.booleans(),
    parts=PARTS,
    count=st.sampled_from([None, 0, 1, 2]),
)
def test_one_plan_is_enough(account: Account, reconcile: bool, parts: tuple[Part, ...], count: int | None) -> None:
    wanted = wants(parts=parts, count=count)
    hands = Hands.over(account, wanted, Upkeep(reconcile=reconcile, adopt=True, repair=True))
    steps = hands.plan().steps

    applied = hands.apply()

    assert hands.aws.sent == [step.call for step in steps]
    assert hands.plan().steps == ()
    if "service" in parts:
        found = hands.aws.account.service
        assert found is not None
        assert found.service.task_definition == applied.task_definition
