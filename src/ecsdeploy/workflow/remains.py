"""Everything that is read before something is deleted, at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ecsdeploy.asked import ask, nothing
from ecsdeploy.aws.autoscaling import scalable_range
from ecsdeploy.aws.ecr import Ecr
from ecsdeploy.aws.ecr_images import EcrImages
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.iam import Iam
from ecsdeploy.aws.inventory import Inventory
from ecsdeploy.aws.network import Networks
from ecsdeploy.core.account import RoleSeen
from ecsdeploy.core.image import is_of_another_app
from ecsdeploy.core.network import SecurityGroup
from ecsdeploy.core.remains import GLOBAL, GroupSeen, Neighbour, Noun, Remains, RepositorySeen, Tenants, shares
from ecsdeploy.core.removal import Unwanted
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.look import Look
from ecsdeploy.workflow.neighbours import neighbours, with_services
from ecsdeploy.workflow.read import hidden_if_denied, place_of

NOUNS: tuple[Noun, ...] = ("cluster", "family", "log_group", "security_group", *sorted(GLOBAL))
"""What environments may share, besides the repository."""


def read_remains(run: Run, unwanted: Unwanted) -> Remains:
    """Return what exists of a target; what we lack permission to read is hidden. Raises `WrongAccount`."""
    return _Reading(run, unwanted).remains()


@dataclass
class _Reading:
    """One read: all questions are sent before the first answer is waited for."""

    run: Run
    unwanted: Unwanted

    def remains(self) -> Remains:
        """Return what was read. What stops everything is raised first: whose credentials these are."""
        run, names, look = (
            self.run,
            self.unwanted.target.names,
            Look(self.run.aws, self.unwanted.target, self.run.clock),
        )
        place = ask(lambda: place_of(run.aws, self.unwanted.target))
        if self.unwanted.target.config.account is not None:
            place()  # nothing is read in another account
        issuer = self.unwanted.target.issuer.name
        provider = ask(lambda: look.provider(place().provider(issuer))) if self._asks_for_github() else nothing
        trusting = ask(lambda: self._trusting(place().provider(issuer))) if self.unwanted.oidc_provider else tuple
        service = ask(look.service)
        scalable = ask(lambda: scalable_range(run.aws, names.cluster, names.service))
        revisions = ask(lambda: Inventory(run.aws).revisions(names.family, inactive=True))
        log_group = ask(lambda: look.log_group(tags=True))
        groups = ask(lambda: tuple(map(self._group, look.security_groups())))
        cluster, tenants = ask(look.cluster), ask(self._tenants)
        roles = {
            name: ask(self._role(look, name)) for name in (names.execution_role, names.task_role, names.deploy_role)
        }
        repository = ask(self._repository)
        around = ask(self._neighbours)
        return Remains(
            place=place(),
            service=hidden_if_denied(service),
            scalable=hidden_if_denied(scalable),
            revisions=hidden_if_denied(revisions),
            log_group=hidden_if_denied(log_group),
            groups=hidden_if_denied(groups),
            cluster=hidden_if_denied(cluster),
            tenants=hidden_if_denied(tenants),
            roles={name: hidden_if_denied(answer) for name, answer in roles.items()},
            provider=hidden_if_denied(provider),
            trusting=hidden_if_denied(trusting),
            repository=hidden_if_denied(repository),
            neighbours=around(),
        )

    def _asks_for_github(self) -> bool:
        config = self.unwanted.target.config
        return self.unwanted.oidc_provider or config.github is not None or config.ci != "github"

    def _role(self, look: Look, name: str) -> Callable[[], RoleSeen | None]:
        return lambda: look.role(name, policy=True, others=True)

    def _trusting(self, provider: str) -> tuple[str, ...]:
        return Iam(self.run.aws).roles_that_trust(provider)

    def _group(self, group: SecurityGroup) -> GroupSeen:
        """Return a group and what uses it; without permission to read that, AWS refuses a wrong deletion."""
        networks = Networks(self.run.aws)
        interfaces = ask(lambda: networks.interfaces_of(group.id))
        try:
            named_by = networks.groups_naming(group.id)
            return GroupSeen(group, tuple(interfaces()), tuple(named_by))
        except PermissionDenied:
            return GroupSeen(group)

    def _tenants(self) -> Tenants:
        names, inventory = self.unwanted.target.names, Inventory(self.run.aws)
        stopping = ask(lambda: inventory.task_arns(names.cluster, desiredStatus="STOPPED"))
        services = ask(lambda: inventory.service_names(names.cluster))
        arns = [*inventory.task_arns(names.cluster, desiredStatus="RUNNING"), *stopping()]
        return Tenants(tuple(services()), tuple(Ecs(self.run.aws, names.cluster).tasks(arns)))

    def _repository(self) -> RepositorySeen | None:
        ecr, name = Ecr(self.run.aws), self.unwanted.target.names.repository
        found = ecr.repository(name)
        if found is None or not self.unwanted.images:
            return RepositorySeen(repository=found) if found is not None else None
        every = ask(EcrImages(self.run.aws, name).every)
        prefix = self.unwanted.target.tag_prefix
        theirs = sum(is_of_another_app(each.tags, prefix) for each in every())
        return RepositorySeen(repository=found, tags=ecr.tags(found), images=len(every()), theirs=theirs)

    def _neighbours(self) -> tuple[Neighbour, ...]:
        """Return the other environments; whether they have a service is read only if they share something."""
        target = self.unwanted.target
        nouns: tuple[Noun, ...] = (*NOUNS, "repository") if self.unwanted.images else NOUNS
        found = [Neighbour(each) for each in neighbours(self.run)]
        near = [each for each in found if any(shares(target, each.target, noun) for noun in nouns)]
        return (*with_services(self.run, near), *(each for each in found if each not in near))
