"""Where the tasks run, and the security group that opens their port."""

from __future__ import annotations

from collections.abc import Sequence

from ecsdeploy.aws.network import Networks
from ecsdeploy.core.network import (
    HOW_TO_NAME_SUBNETS,
    Network,
    Rule,
    SecurityGroup,
    Subnet,
    ingress_changes,
    open_port,
    public_subnets,
    vpc_of,
)
from ecsdeploy.core.upkeep import FILL, Upkeep
from ecsdeploy.errors import Failed, Refused
from ecsdeploy.events import Change
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.place import tags_of
from ecsdeploy.workflow.ensure.retry import retry
from ecsdeploy.workflow.ensure.telling import created, doing, making, unchanged, updated

KIND = "security group"


def find_subnets(run: Run) -> tuple[Subnet, ...]:
    """Return the subnets that the config names, or the public ones of the default VPC. Only reads. Raises `Refused`."""
    networks, named = Networks(run.aws), run.config.network.subnets
    if named:
        found = networks.subnets(named)
        vpc_of(found, named)
        return tuple(sorted(found, key=lambda subnet: named.index(subnet.id)))
    return _default_subnets(networks, run.aws.region)


def _default_subnets(networks: Networks, region: str) -> tuple[Subnet, ...]:
    vpc = networks.default_vpc()
    if vpc is None:
        raise Refused(
            f"There is no default VPC in {region}.",
            why="The config names no subnets, and then tasks run in the default VPC.",
            fix=f"{HOW_TO_NAME_SUBNETS}\nOr make one: `aws ec2 create-default-vpc`.",
        )
    public = public_subnets(networks.subnets_of(vpc), networks.route_tables(vpc))
    if not public:
        raise Refused(
            f"The default VPC {vpc} has no public subnet.",
            why="None of its subnets maps public addresses or has a route to an internet gateway, "
            "so a task could not pull its image.",
            fix=HOW_TO_NAME_SUBNETS,
        )
    return public


def resolve_network(run: Run, upkeep: Upkeep = FILL, subnets: tuple[Subnet, ...] = ()) -> Network:
    """Return where tasks run: in `subnets`, if found before. The security group is made unless one is named."""
    subnets = subnets or find_subnets(run)
    network = run.config.network
    groups: Sequence[str] = network.security_groups or [ensure_security_group(run, subnets[0].vpc, upkeep)]
    return Network(subnets[0].vpc, tuple(subnet.id for subnet in subnets), tuple(groups), network.public_ip)


def ensure_security_group(run: Run, vpc: str, upkeep: Upkeep) -> str:
    """Return the id of the group that lets everybody reach the task's port, and nothing else."""
    networks, name = Networks(run.aws), run.names.security_group
    found = networks.security_group(name, vpc)
    wanted = open_port(run.config.task.port)
    if found is None:
        with making(run, upkeep, KIND, name):
            group = _create(run, networks, vpc, wanted)
            if group:
                return group
        found = networks.security_group(name, vpc)
    if found is None:
        raise Failed(
            f"The security group {name} exists and is not listed.",
            why=f"CreateSecurityGroup says so, and DescribeSecurityGroups shows none of that name in {vpc}.",
            fix="Run the same command again in a minute.",
        )
    _bring_up(run, networks, found, wanted, upkeep)
    return found.id


def _create(run: Run, networks: Networks, vpc: str, wanted: frozenset[Rule]) -> str | None:
    name = run.names.security_group
    description = f"Tasks of {run.names.service}, made by ecsdeploy"
    group = networks.create_security_group(name, description, vpc, tags_of(run))
    if group is None:
        return None
    created(run, KIND, name, f"{group} in {vpc}: {_in_words(wanted)}")
    retry(run, lambda: networks.allow(group, wanted), codes=("InvalidGroup.NotFound",))
    return group


def _bring_up(run: Run, networks: Networks, found: SecurityGroup, wanted: frozenset[Rule], upkeep: Upkeep) -> None:
    changes = ingress_changes(found, wanted)
    if not upkeep.reconcile and found.ingress:
        changes = ()  # a rule that somebody chose is no gap
    due = upkeep.due(KIND, found.name, found.tags, tags_of(run), changes)
    if not due:
        unchanged(run, upkeep, KIND, found.name, found.id)
        return
    _ask(run, found, due)
    with doing(run, f"updating {KIND} {found.name}"):
        if any(found.tags.get(key) != value for key, value in tags_of(run).items()):
            networks.tag(found.id, tags_of(run))
        if changes:
            # First what is new, then what goes: a running service stays reachable in between.
            networks.allow(found.id, wanted - found.ingress)
            networks.revoke(found.id, found.ingress - wanted)
    updated(run, KIND, found.name, due)


def _ask(run: Run, found: SecurityGroup, due: tuple[Change, ...]) -> None:
    gone = [str(change.before) for change in due if change.path == "ingress" and change.after is None]
    if gone:
        lines = [
            f"The security group {found.name} lets in what the config does not say:",
            *(f"  {each}" for each in gone),
        ]
        run.confirm("\n".join([*lines, "Close it?"]), unattended=True)


def _in_words(rules: frozenset[Rule]) -> str:
    return ", ".join(sorted(map(str, rules))) or "nothing comes in"
