from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any, cast

import pytest
from docker import APIClient
from docker.errors import APIError, ImageNotFound

from ecsdeploy.core.image import Image, RegistryLogin
from ecsdeploy.errors import Failed
from ecsdeploy.events import Event, LayerProgress, Note
from ecsdeploy.image.build import LocalImage
from ecsdeploy.image.engine import Engine
from ecsdeploy.image.push import push
from ecsdeploy.image.push_failure import TagTaken, TokenExpired, Transient
from tests.support.clocks import FakeClock

REPOSITORY = "r.example/web"
DIGEST = "sha256:" + "d" * 64
ID = "sha256:" + "1" * 64
OTHER = "sha256:" + "2" * 64
DONE: dict[str, Any] = {"aux": {"Tag": "abc", "Digest": DIGEST, "Size": 10}}
RESET = {"error": "connection reset by peer", "errorDetail": {"message": "connection reset by peer"}}
EXPIRED = {"errorDetail": {"message": "denied: Your authorization token has expired. Reauthenticate and try again."}}
TAKEN = {"errorDetail": {"message": "tag invalid: The image tag 'abc' already exists in the 'web' repository"}}


class FakeClient:
    """An Engine with tags; each push gives the next of `answers`."""

    def __init__(self, *answers: list[dict[str, Any]] | Exception, tags: Mapping[str, str] | None = None) -> None:
        self.answers = list(answers)
        self.tags = dict(tags or {})
        self.passwords: list[str] = []
        self.pushed: list[str] = []
        self.digests: dict[str, list[str]] = {}

    def inspect_image(self, reference: str) -> dict[str, Any]:
        found = reference if reference in {ID, OTHER} else self.tags.get(reference)
        if found is None:
            raise ImageNotFound(reference)
        return {"Id": found, "RepoDigests": self.digests.get(found, [])}

    def tag(self, image: str, repository: str, tag: str) -> None:
        self.tags[f"{repository}:{tag}"] = image

    def remove_image(self, reference: str, *, noprune: bool) -> None:
        assert noprune
        del self.tags[reference]

    def push(
        self, repository: str, *, tag: str, stream: bool, decode: bool, auth_config: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        assert stream
        assert decode
        image = self.tags[f"{repository}:{tag}"]
        self.passwords.append(auth_config["password"])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        for part in answer:
            if part is DONE:
                self.pushed.append(image)
                self.digests[image] = [f"{repository}@{DIGEST}"]
            yield part


class Logins:
    """Gives another password each time."""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self) -> RegistryLogin:
        self.given += 1
        return RegistryLogin("AWS", f"password-{self.given}")


def pushing(client: FakeClient, clock: FakeClock | None = None) -> Generator[Event, None, Image]:
    engine = Engine(cast(APIClient, client), "unix:///fake.sock", {})
    return push(LocalImage(ID, 10), REPOSITORY, "abc", login=Logins(), engine=engine, clock=clock or FakeClock())


def ran(story: Generator[Event, None, Image]) -> tuple[list[Event], Image]:
    events = []
    while True:
        try:
            events.append(next(story))
        except StopIteration as end:
            return events, end.value


def test_progress_is_told_per_layer_and_the_digest_returned() -> None:
    layers: list[dict[str, Any]] = [
        {"status": "The push refers to repository [r.example/web]"},
        {"status": "Preparing", "progressDetail": {}, "id": "aaa"},
        {"status": "Pushing", "progressDetail": {"current": 5, "total": 10}, "progress": "[=>]", "id": "aaa"},
        {"status": "Layer already exists", "progressDetail": {}, "id": "bbb"},
    ]

    events, image = ran(pushing(FakeClient([*layers, DONE, {"status": f"abc: digest: {DIGEST} size: 10"}])))

    assert image == Image(REPOSITORY, DIGEST, "abc")
    assert image.reference == f"r.example/web@{DIGEST}"
    assert events == [
        LayerProgress("aaa", "Preparing"),
        LayerProgress("aaa", "Pushing", 5, 10),
        LayerProgress("bbb", "Layer already exists"),
    ]


def test_the_tag_of_the_push_is_removed_after_it() -> None:
    client = FakeClient([DONE], tags={"web:abc": ID})

    ran(pushing(client))

    assert client.tags == {"web:abc": ID}


def test_a_tag_that_was_there_before_is_as_it_was() -> None:
    for before in (ID, OTHER):
        client = FakeClient([DONE], tags={"r.example/web:abc": before})

        ran(pushing(client))

        assert client.pushed == [ID]
        assert client.tags == {"r.example/web:abc": before}


def test_the_tag_is_removed_when_the_push_fails_or_is_interrupted() -> None:
    failing = FakeClient([TAKEN])
    with pytest.raises(TagTaken):
        ran(pushing(failing))
    interrupted = FakeClient([{"status": "Pushing", "progressDetail": {}, "id": "aaa"}, DONE])
    story = pushing(interrupted)
    next(story)
    story.close()

    assert (failing.tags, interrupted.tags) == ({}, {})


def test_what_passes_by_itself_is_tried_again_with_patience_that_ends() -> None:
    clock = FakeClock()
    events, _ = ran(pushing(FakeClient([RESET], [RESET], [DONE]), clock))
    assert clock.slept == [1.0, 4.0]
    assert events[0] == Note("connection reset by peer. Trying again in 1 s.")

    hopeless = FakeClient([RESET], [RESET], [RESET], [DONE])
    with pytest.raises(Transient):
        ran(pushing(hopeless))
    assert len(hopeless.answers) == 1


def test_an_expired_token_is_replaced_once() -> None:
    client = FakeClient([EXPIRED], [DONE])
    ran(pushing(client))
    assert client.passwords == ["password-1", "password-2"]

    with pytest.raises(TokenExpired):
        ran(pushing(FakeClient([EXPIRED], [EXPIRED], [DONE])))


def test_an_error_without_details_is_an_error() -> None:
    with pytest.raises(Failed, match=r"The push to r\.example failed"):
        ran(pushing(FakeClient([{"error": "something new"}])))


def test_an_end_without_a_digest_is_an_error() -> None:
    with pytest.raises(Failed, match="ended without a digest"):
        ran(pushing(FakeClient([{"status": "done"}])))


def test_another_image_under_the_same_tag_is_noticed() -> None:
    """Two builds at the same time move the same local tag; the digest in the answer is then the other's."""
    client = FakeClient([DONE])
    story = pushing(client)

    def moved(repository: str, **_: object) -> Iterator[dict[str, Any]]:
        client.digests[OTHER] = [f"{repository}@{DIGEST}"]
        yield DONE

    client.push = moved  # type: ignore[method-assign]
    with pytest.raises(Failed, match="The image that was pushed is not"):
        ran(story)


def test_the_password_is_in_no_error() -> None:
    for answer in ([TAKEN], [EXPIRED], APIError("boom", explanation="500 Server Error")):
        with pytest.raises(Failed) as caught:
            ran(pushing(FakeClient(answer, answer, answer)))
        assert "password" not in f"{caught.value.what} {caught.value.why} {caught.value.fix}"


def test_a_login_shows_no_password() -> None:
    assert "canary" not in f"{RegistryLogin('AWS', 'canary')!r} {RegistryLogin('AWS', 'canary')}"
