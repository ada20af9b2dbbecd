"""`ecsdeploy deploy`: from the source to a verdict on the deployment that it started.

Read, decide, ask, apply, watch. An image that has to be built is built between two rounds of reading and deciding,
since minutes may pass. A run that was killed is finished by the next one: whatever exists is found and used again.
"""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.aws.ecr_images import EcrImages
from ecsdeploy.aws.parameters import require_parameters
from ecsdeploy.core.account import Account
from ecsdeploy.core.image import Image, Unbuilt
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.target import Target
from ecsdeploy.core.things.service import Awaited
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.core.wanted import DEPLOY, Part, Wanted
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.carry_out import applier, consent, replanning, tell_unchecked
from ecsdeploy.workflow.read import Need, read
from ecsdeploy.workflow.revision_tags import revision_tags
from ecsdeploy.workflow.ship_image import (
    Build,
    Builder,
    BuildOptions,
    Shipped,
    Source,
    already_there,
    named_image,
    no_repository,
    read_source,
    split_reference,
)
from ecsdeploy.workflow.watch import watch

RESUME = "Run `ecsdeploy deploy` again: it continues from here."


@dataclass(frozen=True, kw_only=True)
class DeployOptions:
    """What the command line says of this deployment; `timeout` is seconds, None means the config's."""

    build: BuildOptions
    image: str | None = None
    adopt: bool = False
    force: bool = False
    timeout: int | None = None


def deploy(run: Run, target: Target, options: DeployOptions) -> Verdict:
    """Deploy, watch, and return the verdict, which has been reported."""
    draft = Draft.begin(run, target, options)
    account = draft.read()
    shipped = draft.shipped(account)
    if isinstance(shipped, Source):
        shipped, account = _ship(draft, shipped, account)
    wanted = draft.wanted(shipped.image, shipped.commit)
    plan = make_plan(wanted, account, draft.upkeep)
    tell_unchecked(run, plan)
    consent(run, plan.decisions, before=draft.told)
    run.journal.resume = RESUME
    hands = applier(run, target, draft.upkeep, replanning(wanted, draft.upkeep, draft.read))
    applied = hands.apply(plan)
    return watch(run, target, applied.awaited, applied, timeout=draft.timeout)


@dataclass
class Draft:
    """A deployment while it takes shape: what it is about, and what a person was told already.

    `of` is the source of its image, or what `--image` names.
    """

    run: Run
    target: Target
    options: DeployOptions
    of: Source | str
    told: frozenset[str] = frozenset()

    @classmethod
    def begin(cls, run: Run, target: Target, options: DeployOptions) -> Draft:
        """Return it with everything that this machine knows. Raises `ConfigError`, `UsageError`, `Refused`."""
        require_known_parameters(run, target)
        of = read_source(run, target, options.build) if options.image is None else options.image
        return cls(run, target, options, of)

    @property
    def upkeep(self) -> Upkeep:
        """Return how far a deployment goes with what exists: it only fills gaps."""
        return Upkeep(reconcile=False, adopt=self.options.adopt)

    @property
    def timeout(self) -> int:
        """Return for how many seconds it is watched."""
        return self.options.timeout if self.options.timeout is not None else self.target.config.service.timeout

    def read(self) -> Account:
        """Return what AWS has."""
        name = split_reference(self.of)[1] if isinstance(self.of, str) else self.of.name.tag
        need = Need(parts=("repository", *DEPLOY), image=name, count=self.target.config.service.count)
        return read(self.run.aws, self.target, self.run.clock, need)

    def shipped(self, account: Account) -> Shipped | Source:
        """Return the image where it is in ECR, else the source that it has to be built from. Raises `Refused`."""
        if isinstance(self.of, str):
            return named_image(self.target, self.of, account)
        if account.image is None:
            return self.of
        return already_there(self.run, self.target, account.image, self.of, self.options.build)

    def unbuilt(self, source: Source) -> Unbuilt:
        """Return what stands for the image until it is built."""
        tag = source.name.tag
        return Unbuilt(f"{self.target.names.repository}:{tag}", tag)

    def wanted(self, image: Image | Unbuilt, commit: str, parts: tuple[Part, ...] = DEPLOY) -> Wanted:
        """Return what is held against the account."""
        return Wanted(
            target=self.target,
            parts=parts,
            image=image,
            commit=commit,
            count=self.target.config.service.count,
            force=self.options.force,
            revision_tags=revision_tags(self.target, commit, self.run.environ),
        )

    def plan_to_build(self, source: Source, account: Account) -> Plan:
        """Return the plan with an image that has to be built; the repository is made with the first service.

        Raises `Refused` where the repository of a service that runs has gone: that is not for a deployment to mend.
        """
        if account.repository is None and account.service is not None:
            raise no_repository(self.target)
        parts: tuple[Part, ...] = ("repository", *DEPLOY) if account.service is None else DEPLOY
        return make_plan(self.wanted(self.unbuilt(source), source.name.commit, parts), account, self.upkeep)


def _ship(draft: Draft, source: Source, account: Account) -> tuple[Shipped, Account]:
    """Return the image, built and pushed, and the account as it is then. All that can be asked is asked before."""
    run, target = draft.run, draft.target
    plan = draft.plan_to_build(source, account)
    build = Build.of(run, target, source, draft.options.build)
    draft.told = consent(run, plan.decisions)
    run.journal.resume = RESUME
    _make_repository(draft, draft.wanted(draft.unbuilt(source), "", ("repository",)), plan)
    shipped = Builder(run, target, source, EcrImages(run.aws, target.names.repository)).ship(build)
    return shipped, draft.read()


def _make_repository(draft: Draft, wanted: Wanted, plan: Plan) -> None:
    """Make the repository that the image is pushed to, of everything that `plan` would do."""
    first = tuple(each for each in plan.decisions if each.ref.kind == "repository")
    again = replanning(wanted, draft.upkeep, draft.read)
    applier(draft.run, draft.target, draft.upkeep, again).apply(Plan(decisions=first, awaited=Awaited(until="nothing")))


def require_known_parameters(run: Run, target: Target) -> None:
    """Raise `ConfigError` where a raw table says what ECS does not take."""
    config = target.config
    if config.task.raw:
        require_parameters(run.aws, "task.raw", "RegisterTaskDefinition", config.task.raw)
    if config.service.raw:
        require_parameters(run.aws, "service.raw", "CreateService", config.service.raw)
