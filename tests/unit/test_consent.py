"""When a run goes on, and when it is refused for want of consent."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecsdeploy.errors import Refused
from tests.unit.workflow.fakes import Bench


@pytest.mark.parametrize("answer", [True, False, None])
def test_yes_answers_every_question(answer: bool | None, tmp_path: Path) -> None:
    run, report = Bench(tmp_path).run(answer=answer, yes=True)
    run.confirm("Delete it?", unattended=False, expects="hello")
    assert report.questions == []


@pytest.mark.parametrize(("answer", "unattended"), [(True, False), (None, True)])
def test_it_goes_on(answer: bool | None, unattended: bool, tmp_path: Path) -> None:
    run, report = Bench(tmp_path).run(answer=answer)
    run.confirm("Delete it?", unattended=unattended)
    assert report.questions == ["Delete it?"]


@pytest.mark.parametrize(
    ("answer", "expects", "what", "fix"),
    [
        (False, "", "This needs your consent, so nothing was changed.", "Confirm with --yes."),
        (None, "", "This needs your consent, so nothing was changed.", "Confirm with --yes."),
        (None, "hello", "This needs your consent, so nothing was changed.", "Confirm with --yes."),
        (False, "hello", "That is not hello, so nothing was changed.", "Type hello, or confirm with --yes."),
    ],
)
def test_it_is_refused(answer: bool | None, expects: str, what: str, fix: str, tmp_path: Path) -> None:
    run, _ = Bench(tmp_path).run(answer=answer)
    with pytest.raises(Refused) as caught:
        run.confirm("Delete it?", unattended=False, expects=expects)
    assert (caught.value.what, caught.value.why, caught.value.fix) == (what, "Delete it?", fix)


def test_what_was_done_before_a_refusal_stays_done(tmp_path: Path) -> None:
    run, _ = Bench(tmp_path).run(answer=False)
    run.journal.done.append("created cluster hello")
    with pytest.raises(Refused, match="so it was left as it is"):
        run.confirm("Delete it?", unattended=False)
