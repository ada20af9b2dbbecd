"""Where the tasks run, and the security group that opens their port."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecsdeploy.changes import Change
from ecsdeploy.core.account import Account, Hidden, needed
from ecsdeploy.core.network import (
    HOW_TO_NAME_SUBNETS,
    Rule,
    SecurityGroup,
    Subnet,
    beyond,
    ingress_changes,
    open_port,
    permissions,
    public_subnets,
    unopened,
    vpc_of,
)
from ecsdeploy.core.step import Later, Ref, Repeat, Step, answers, update
from ecsdeploy.core.target import Target
from ecsdeploy.core.things.outcome import Decision, Question
from ecsdeploy.core.upkeep import Upkeep, by_root, owned
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import Refused


@dataclass(frozen=True)
class Network:
    """Where tasks run; a security group that the plan itself makes has an id only later."""

    vpc: str
    subnets: tuple[str, ...]
    security_groups: tuple[str | Later, ...]
    assign_public_ip: bool


def decide(wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision | None:
    """Return what to do about the security group that is ours. Raises `Refused`, `PermissionDenied`.

    If the config names groups, we have none. What cannot be read stays as a running service has it.
    """
    target = wanted.target
    ref = Ref("security group", target.names.security_group)
    hidden = _hidden(target, account)
    if hidden is not None:
        if upkeep.reconcile or account.service is None:
            raise hidden.error
        return Decision(ref=ref, hidden=hidden)
    vpc = subnets_of(target, account)[0].vpc
    if target.config.network.security_groups:
        _require_named(target, account)
        return None
    found, rules = _ours(account, vpc), open_port(target.config.task.port)
    if found is None:
        return Decision(ref=ref, steps=tuple(_creation(target, vpc, rules, ref)))
    if not upkeep.reconcile and found.ingress:
        rules = _with_the_port(found, target.config.task.port)
    changes = ingress_changes(found, rules)
    due = upkeep.due(ref.kind, ref.name, found.tags, target.tags, changes)
    if not due:
        return Decision(ref=ref, detail=found.id, quiet=not upkeep.reconcile)
    return Decision(
        ref=ref,
        steps=tuple(_changes(target, found, rules, due, ref)),
        questions=tuple(_questions(found, due)),
    )


def _require_named(target: Target, account: Account) -> None:
    """Raise `Refused` if the config names a security group that was looked for and does not exist."""
    groups, named = account.security_groups, target.config.network.security_groups
    if isinstance(groups, Hidden):
        return
    missing = [each for each in named if each not in {group.id for group in groups}]
    if missing:
        raise Refused(
            f"There is no security group {', '.join(missing)}.",
            why="[network] in the config names it, but this account and Region have no such security group.",
            fix="Correct [network] security_groups; `aws ec2 describe-security-groups` lists those that exist.",
        )


def nobody_gets_in(wanted: Wanted, account: Account) -> Iterator[str]:
    """Yield a warning if the tasks' security groups are not ours to change, and open the port to nobody."""
    config, port = wanted.target.config, wanted.target.config.task.port
    if "security group" not in wanted.parts or port is None or not config.network.public_ip:
        return
    if names := unopened(_not_ours(wanted.target, account), port):
        yield f"Nobody will reach the tasks: no rule of {names} opens TCP port {port} to anybody."


def lets_in_more(wanted: Wanted, account: Account) -> Iterator[str]:
    """Yield a warning if our own security group lets in more than the config says: only `setup` closes anything.

    Older tasks may still run behind it, and somebody may have added a rule on purpose.
    """
    target = wanted.target
    if "security group" not in wanted.parts or target.config.network.security_groups:
        return
    found = _own_group(target, account)
    if found is None or not owned(found.tags, target.tags):
        return
    if more := beyond(found.ingress, target.config.task.port):
        closes = f"`ecsdeploy setup{target.env_option}` closes it"
        yield f"{found.id} ({found.name}) lets in more than the config says: {_in_words(more)}. {closes}."


def _not_ours(target: Target, account: Account) -> tuple[SecurityGroup, ...]:
    """Return the tasks' security groups if somebody else made them, as far as they could be read."""
    if target.config.network.security_groups:
        return () if isinstance(account.security_groups, Hidden) else account.security_groups
    found = _own_group(target, account)
    return () if found is None or owned(found.tags, target.tags) else (found,)


def _own_group(target: Target, account: Account) -> SecurityGroup | None:
    """Return the group of our name where tasks run, as far as it could be read."""
    if isinstance(account.network, Hidden):
        return None
    return _ours(account, subnets_of(target, account)[0].vpc)


def _with_the_port(found: SecurityGroup, port: int | None) -> frozenset[Rule]:
    """Return the group's rules, and the port's where none lets anybody in there; a rule that somebody added stays."""
    if port is None or any(rule.covers(port) for rule in found.ingress):
        return found.ingress
    return found.ingress | open_port(port)


def network_of(target: Target, account: Account) -> Network | None:
    """Return where tasks run; None if that cannot be read. Raises `Refused`."""
    if _hidden(target, account) is not None:
        return None
    subnets = subnets_of(target, account)
    vpc, network = subnets[0].vpc, target.config.network
    found = _ours(account, vpc)
    ours = found.id if found is not None else Later(Ref("security group", target.names.security_group), "id")
    groups: tuple[str | Later, ...] = network.security_groups or (ours,)
    return Network(vpc, tuple(subnet.id for subnet in subnets), groups, network.public_ip)


def _ours(account: Account, vpc: str) -> SecurityGroup | None:
    """Return the security group of our name in `vpc`."""
    groups = account.security_groups
    return None if isinstance(groups, Hidden) else next((group for group in groups if group.vpc == vpc), None)


def _hidden(target: Target, account: Account) -> Hidden | None:
    if isinstance(account.network, Hidden):
        return account.network
    groups = account.security_groups
    return groups if isinstance(groups, Hidden) and not target.config.network.security_groups else None


def subnets_of(target: Target, account: Account) -> tuple[Subnet, ...]:
    """Return the subnets that the config names, or the public ones of the default VPC. Raises `Refused`."""
    network = needed(account.network)
    assert network is not None
    named = target.config.network.subnets
    if named:
        vpc_of(network.subnets, named)
        return tuple(sorted(network.subnets, key=lambda subnet: named.index(subnet.id)))
    if network.default_vpc is None:
        raise Refused(
            f"There is no default VPC in {target.region}.",
            why="The config names no subnets, and then tasks run in the default VPC.",
            fix=f"{HOW_TO_NAME_SUBNETS}\nOr make one: `aws ec2 create-default-vpc`.",
        )
    public = public_subnets(network.subnets, network.tables)
    if not public:
        raise Refused(
            f"The default VPC {network.default_vpc} has no public subnet.",
            why="None of its subnets assigns public addresses or has a route to an internet gateway, "
            "so a task could not pull its image.",
            fix=HOW_TO_NAME_SUBNETS,
        )
    return public


def _creation(target: Target, vpc: str, rules: frozenset[Rule], ref: Ref) -> Iterator[Step]:
    tags = [{"Key": key, "Value": value} for key, value in target.tags.items()]
    yield Step(
        about=ref,
        action="created",
        call="ec2:CreateSecurityGroup",
        parameters={
            "GroupName": ref.name,
            "Description": f"Tasks of {target.names.service}, made by ecsdeploy",
            "VpcId": vpc,
            "TagSpecifications": [{"ResourceType": "security-group", "Tags": tags}],
        },
        detail=f"{{id}} in {vpc}: {_in_words(rules)}",
        gives={"id": "GroupId"},
        repeat=Repeat(taken=answers("InvalidGroup.Duplicate")),
    )
    if rules:
        yield _allow(ref, Later(ref, "id"), rules, ())


def _changes(
    target: Target, found: SecurityGroup, rules: frozenset[Rule], due: tuple[Change, ...], ref: Ref
) -> Iterator[Step]:
    """Yield additions before removals: a running service stays reachable in between."""
    roots = by_root(due)
    if "tags" in roots:
        tags = [{"Key": key, "Value": value} for key, value in target.tags.items()]
        yield update(ref, "ec2:CreateTags", {"Resources": [found.id], "Tags": tags}, roots["tags"])
    changes = roots.get("ingress", ())
    if changes and (new := rules - found.ingress):
        yield _allow(ref, found.id, new, tuple(each for each in changes if each.before is None))
    if changes and (gone := found.ingress - rules):
        parameters = {"GroupId": found.id, "IpPermissions": permissions(gone)}
        closed = tuple(each for each in changes if each.after is None)
        repeat = Repeat(done=answers("InvalidPermission.NotFound"))
        yield update(ref, "ec2:RevokeSecurityGroupIngress", parameters, closed, repeat=repeat)


def _allow(ref: Ref, group: str | Later, rules: Iterable[Rule], changes: tuple[Change, ...]) -> Step:
    parameters = {"GroupId": group, "IpPermissions": permissions(rules)}
    repeat = Repeat(passes=answers("InvalidGroup.NotFound"), done=answers("InvalidPermission.Duplicate"))
    return update(ref, "ec2:AuthorizeSecurityGroupIngress", parameters, changes, repeat=repeat)


def _questions(found: SecurityGroup, due: tuple[Change, ...]) -> Iterator[Question]:
    gone = [str(change.before) for change in due if change.path == "ingress" and change.after is None]
    if gone:
        lines = [
            f"The security group {found.name} lets in more than the config allows:",
            *(f"  {each}" for each in gone),
        ]
        yield Question("\n".join([*lines, "Remove these rules?"]))


def _in_words(rules: Iterable[Rule]) -> str:
    return ", ".join(sorted(map(str, rules))) or "lets nothing in"
