"""`ecsdeploy deploy`: from the source to a verdict on the deployment that it started.

Read, decide, ask, apply, watch. An image that has to be built is built between two rounds of reading and deciding,
since minutes may pass. If a run was killed, the next one finishes it: whatever exists is found and reused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecsdeploy.aws.ecr_images import EcrImages
from ecsdeploy.aws.parameters import require_parameters
from ecsdeploy.config.tags import NO_ENVIRONMENT
from ecsdeploy.core.account import Account
from ecsdeploy.core.busy import IfBusy
from ecsdeploy.core.image import Image, Unbuilt
from ecsdeploy.core.interrupted import untouched
from ecsdeploy.core.older import Commit
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.rollout.seen import Until
from ecsdeploy.core.saying import DEPLOYS
from ecsdeploy.core.scan import FailOn
from ecsdeploy.core.smoke import Origin
from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.core.wanted import DEPLOY, Part, Wanted
from ecsdeploy.events import Note, Output
from ecsdeploy.image.ancestry import Lineage
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.busy import Turn, builds_meanwhile
from ecsdeploy.workflow.carry_out import applier, consent, replanning, tell_unchecked
from ecsdeploy.workflow.older import commit_here, require_newer
from ecsdeploy.workflow.read import Need, read
from ecsdeploy.workflow.revision_tags import revision_tags
from ecsdeploy.workflow.scan import chosen, require_scanned
from ecsdeploy.workflow.settling import Settling
from ecsdeploy.workflow.ship_image import Build, Builder
from ecsdeploy.workflow.shipped import (
    Shipped,
    already_there,
    built_alike,
    named_image,
    no_repository,
    split_reference,
)
from ecsdeploy.workflow.smoke import require_ready
from ecsdeploy.workflow.source import BuildOptions, Source, read_source
from ecsdeploy.workflow.watch import watch
from ecsdeploy.workflow.way_back import passage

RESUME = "Run the same command again: it continues from here."


@dataclass(frozen=True, kw_only=True)
class DeployOptions:
    """The options of this deployment; `timeout` is in seconds, None means the config's.

    `if_busy` is what to do about another deployment in flight, `allow_older` deploys over a newer commit, `fail_on` is
    which finding of the image's scan stops it (None: as the config says), and `until` is what is waited for.
    """

    build: BuildOptions
    image: str | None = None
    adopt: bool = False
    force: bool = False
    timeout: int | None = None
    if_busy: IfBusy = "fail"
    allow_older: bool = False
    fail_on: FailOn | None = None
    until: Until = "stable"


def deploy(run: Run, target: Target, options: DeployOptions) -> Verdict:
    """Deploy, watch, and return the verdict, which has been reported."""
    require_ready(run, target)
    draft = Draft.begin(run, target, options)
    account = draft.read()
    shipped = draft.shipped(account)
    if isinstance(shipped, Source):
        shipped, account = _ship(draft, shipped, account)
    run.report(Output("image", shipped.image.reference))
    if require_scanned(run, target, shipped.image, chosen(target, options.fail_on)):
        account = draft.read()
    wanted = draft.wanted(shipped.image, shipped.commit, mark=shipped.mark)
    plan = draft.in_turn(wanted, account)
    tell_unchecked(run, plan)
    consent(run, plan.decisions, before=draft.told)
    run.journal.resume = RESUME
    hands = applier(run, target, draft.upkeep, replanning(wanted.in_turn, draft.upkeep, draft.read), draft.settling)
    applied = hands.apply(plan)
    # What runs already may be of an older commit that differs in nothing that was built.
    runs = account.running if applied.awaited.until == "nothing" else None
    commit = (runs.commit if runs is not None else "") or shipped.commit
    origin = Origin(commit=commit, tag=shipped.image.tag, env=target.names.environment or NO_ENVIRONMENT)
    to_pass = passage(run, target, origin, applied, timeout=draft.timeout)
    again = run.journal.command("deploy")
    return watch(
        run,
        target,
        applied.awaited,
        applied,
        timeout=draft.timeout,
        until=options.until,
        says=replace(DEPLOYS, watch=again, again=again),
        passage=to_pass,
    )


@dataclass
class Draft:
    """A deployment being prepared: its parts, and what the user was already told.

    `of` is the source of its image, or what `--image` names. `settling` are the roles that it wrote, `lineage` the
    commits that are known here.
    """

    run: Run
    target: Target
    options: DeployOptions
    of: Source | str
    settling: Settling
    lineage: Lineage
    told: frozenset[str] = frozenset()

    @classmethod
    def begin(cls, run: Run, target: Target, options: DeployOptions) -> Draft:
        """Return it with everything known on this machine. Raises `ConfigError`, `UsageError`, `Refused`."""
        run.journal.in_aws = untouched(target.names.service)
        require_known_parameters(run, target)
        of = read_source(run, target, options.build) if options.image is None else options.image
        return cls(run, target, options, of, Settling.of(run.environ), Lineage(run.loaded.root, run.environ))

    @property
    def upkeep(self) -> Upkeep:
        """Return what a deployment may do to existing resources: it only fills gaps."""
        return Upkeep(reconcile=False, adopt=self.options.adopt)

    @property
    def timeout(self) -> int:
        """Return how many seconds it is watched."""
        return self.options.timeout if self.options.timeout is not None else self.target.config.service.timeout

    def read(self) -> Account:
        """Return what AWS has."""
        name = split_reference(self.of)[1] if isinstance(self.of, str) else self.of.name.tag
        # With a tag of one's own, an image is built: that is how a moved base image gets in.
        content = "" if isinstance(self.of, str) or self.options.build.tag is not None else self.of.content
        count = self.target.config.service.count
        need = Need(parts=("repository", *DEPLOY), image=name, content=content, count=count, flight=True)
        return read(self.run.aws, self.target, self.run.clock, need)

    def shipped(self, account: Account) -> Shipped | Source:
        """Return the image if it is in ECR, else the source to build it from. Raises `Refused`."""
        if isinstance(self.of, str):
            return named_image(self.target, self.of, account)
        if account.image is None:
            return self.of if account.alike is None else built_alike(self.of, account.alike)
        return already_there(self.run, self.target, account.image, self.of, self.options.build)

    def unbuilt(self, source: Source) -> Unbuilt:
        """Return a substitute for the image until it is built."""
        tag = source.name.tag
        return Unbuilt(f"{self.target.names.repository}:{tag}", tag)

    def wanted(
        self, image: Image | Unbuilt, commit: str, parts: tuple[Part, ...] = DEPLOY, *, mark: str = ""
    ) -> Wanted:
        """Return what the account is compared with."""
        return Wanted(
            target=self.target,
            parts=parts,
            image=image,
            commit=commit,
            count=self.target.config.service.count,
            force=self.options.force,
            revision_tags=revision_tags(self.target, self.commit(commit), self.run.environ, mark=mark),
            if_busy=self.options.if_busy,
        )

    def commit(self, commit: str) -> Commit:
        """Return `commit` with what is known of it here."""
        return commit_here(commit, self.lineage, self.run.environ)

    def plan(self, wanted: Wanted, account: Account) -> Plan:
        """Return what is to be done. Raises `Refused`, also for a commit that is older than what runs, and `Busy`."""
        plan = make_plan(wanted, account, self.upkeep)
        if not self.options.allow_older:
            doubt = require_newer(self.target, self.commit(wanted.commit), account, plan, self.lineage)
            if doubt and doubt not in self.told:
                self.told |= {doubt}
                self.run.report(Note(doubt))
        return plan

    def in_turn(self, wanted: Wanted, account: Account) -> Plan:
        """Return what is to be done once no other deployment is in the way. Raises what `plan` raises."""
        self.plan(wanted, account)  # what is refused anyway is not waited for
        turn = Turn(self.run, self.target, self.options.if_busy, self.timeout)
        return turn.take(lambda seen: self.plan(wanted.in_turn, seen), account, self.read)

    def plan_to_build(self, source: Source, account: Account) -> Plan:
        """Return the plan with an image that has to be built; the repository is made with the first service.

        Raises `Refused` if the repository of a running service is gone: a deployment does not repair that.
        """
        if account.repository is None and account.service is not None:
            raise no_repository(self.target)
        parts: tuple[Part, ...] = ("repository", *DEPLOY) if account.service is None else DEPLOY
        return self.plan(self.wanted(self.unbuilt(source), source.name.commit, parts), account)


def _ship(draft: Draft, source: Source, account: Account) -> tuple[Shipped, Account]:
    """Return the image, built and pushed, and the account as it is then. All questions are asked before."""
    run, target = draft.run, draft.target
    plan = draft.plan_to_build(source, account)
    build = Build.of(run, target, source, draft.options.build)
    draft.told = consent(run, plan.decisions, before=draft.told)
    run.report(*builds_meanwhile(account, draft.options.if_busy))
    run.journal.resume = RESUME
    _prepare(draft, source, plan)
    shipped = Builder(run, target, source, EcrImages(run.aws, target.names.repository)).ship(build)
    return shipped, draft.read()


def _prepare(draft: Draft, source: Source, plan: Plan) -> None:
    """From everything that `plan` would do, do only what comes before the build."""

    def again() -> Plan:
        return draft.plan_to_build(source, draft.read()).before_the_build

    applier(draft.run, draft.target, draft.upkeep, again, draft.settling).apply(plan.before_the_build)


def require_known_parameters(run: Run, target: Target) -> None:
    """Raise `ConfigError` if a raw table has settings that ECS does not accept."""
    config = target.config
    if config.task.raw:
        require_parameters(run.aws, "task.raw", "RegisterTaskDefinition", config.task.raw)
    if config.service.raw:
        require_parameters(run.aws, "service.raw", "CreateService", config.service.raw)
