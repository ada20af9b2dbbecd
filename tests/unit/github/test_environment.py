from __future__ import annotations

import pytest

from ecsdeploy.github.environment import Runner, read_runner

GITHUB = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_ACTOR": "octocat",
    "GITHUB_REPOSITORY": "acme/web",
    "GITHUB_REPOSITORY_ID": "42",
    "GITHUB_REPOSITORY_OWNER_ID": "7",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_RUN_ID": "99",
    "GITHUB_RUN_ATTEMPT": "1",
}


def test_github_says_everything() -> None:
    assert read_runner(GITHUB) == Runner(
        ci=True,
        github=True,
        commit="0123456789abcdef0123456789abcdef01234567",
        ref="refs/heads/main",
        actor="octocat",
        repository="acme/web",
        repository_id="42",
        owner_id="7",
        run_url="https://github.com/acme/web/actions/runs/99",
    )


def test_a_second_attempt_has_an_address_of_its_own() -> None:
    again = read_runner(GITHUB | {"GITHUB_RUN_ATTEMPT": "2"})

    assert again.run_url == "https://github.com/acme/web/actions/runs/99/attempts/2"


@pytest.mark.parametrize(
    ("value", "ci"), [("true", True), ("1", True), ("woodpecker", True), ("false", False), ("", False), ("0", False)]
)
def test_other_services_set_ci(value: str, ci: bool) -> None:
    assert read_runner({"CI": value, "GITHUB_SHA": "not GitHub's without GITHUB_ACTIONS"}) == Runner(ci=ci)


def test_a_laptop_says_nothing() -> None:
    assert read_runner({}) == Runner()
