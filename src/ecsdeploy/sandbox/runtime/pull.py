"""Images through the Engine: what several tasks need is pulled once, and a pull can be cut short."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from ecsdeploy.sandbox.runtime import reasons
from ecsdeploy.sandbox.runtime.backend import Refused
from ecsdeploy.sandbox.runtime.engine import EngineError, Stream

if TYPE_CHECKING:
    from docker import APIClient

Auth = Mapping[str, str]

_ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}


class Puller:
    """Pulls images, the same one for many tasks once at a time; safe to use from any thread."""

    def __init__(self, client: APIClient, version: str) -> None:
        self._client = client
        self._version = version
        self._lock = threading.Lock()
        self._running: dict[tuple[str, str], Future[None]] = {}
        self._streams: set[Stream] = set()
        self._closed = False

    def pull(self, image: str, architecture: str, auth: Callable[[], Auth | None]) -> dict[str, Any]:
        """Return the Engine's description of `image`, pulled if need be. Raises `Refused` in AWS's words.

        A digest that is here is not pulled again; a tag always is, for it may have moved.
        """
        description = self._here(image) if "@sha256:" in image else None
        if description is None or description["Architecture"] != _ARCHITECTURES[architecture]:
            self._pull_once(image, architecture, auth)
            description = self._here(image)
        if description is None:
            raise Refused(reasons.image_not_found(image))
        if description["Architecture"] != _ARCHITECTURES[architecture]:
            raise Refused(reasons.platform_mismatch(architecture))
        return description

    def close(self) -> None:
        """Cut the pulls that run; the Engine gives them up."""
        with self._lock:
            self._closed = True
            streams = list(self._streams)
        for stream in streams:
            stream.cut()

    def _here(self, image: str) -> dict[str, Any] | None:
        from docker.errors import ImageNotFound

        try:
            description: dict[str, Any] = self._client.inspect_image(image)  # type: ignore[no-untyped-call]
        except ImageNotFound:
            return None
        return description

    def _pull_once(self, image: str, architecture: str, auth: Callable[[], Auth | None]) -> None:
        key = (image, architecture)
        with self._lock:
            future = self._running.get(key)
            mine = future is None
            if future is None:
                future = self._running[key] = Future()
        if mine:
            try:
                self._pull(image, architecture, auth())
                future.set_result(None)
            except Exception as error:  # whatever it is, those who wait for the same image must learn of it
                future.set_exception(error)
            finally:
                with self._lock:
                    del self._running[key]
        future.result()

    def _pull(self, image: str, architecture: str, auth: Auth | None) -> None:
        query = {"fromImage": image, "platform": f"linux/{_ARCHITECTURES[architecture]}"}
        if "@" not in image and ":" not in image.rpartition("/")[2]:
            query["tag"] = "latest"
        headers = {"Content-Length": "0"}
        if auth:
            headers["X-Registry-Auth"] = base64.urlsafe_b64encode(json.dumps(dict(auth)).encode()).decode()
        try:
            stream = Stream(self._version, "POST", "/images/create", query, headers)
        except EngineError as error:
            raise Refused(reason_for(image, architecture, str(error))) from None
        with self._lock:
            self._streams.add(stream)
        try:
            if self._closed:
                stream.cut()
            error_text = next((m["error"] for m in stream.messages() if "error" in m), None)
        finally:
            stream.close()
            with self._lock:
                self._streams.discard(stream)
        # An image that was pulled once and whose registry can't be reached now is run all the same, as the ECS
        # agent does by default (ECS_IMAGE_PULL_BEHAVIOR).
        if error_text is not None and not (_unreachable(error_text) and self._here(image)):
            raise Refused(reason_for(image, architecture, error_text))


def repository_digest(image: str, description: Mapping[str, Any]) -> str | None:
    """Return the digest under which `image` is known in its repository, or None."""
    if "@" in image:
        return image.partition("@")[2]
    tail = image.rpartition("/")
    repository = f"{tail[0]}{tail[1]}{tail[2].partition(':')[0]}"
    for known in description.get("RepoDigests") or []:
        name, _, digest = known.partition("@")
        if name == repository:
            return str(digest)
    return None


def _unreachable(text: str) -> bool:
    return any(sign in text for sign in ("dial tcp", "i/o timeout", "no such host", "connection refused"))


def reason_for(image: str, architecture: str, text: str) -> str:
    """Return AWS's wording for a pull that failed with the Engine's `text`."""
    if "no space left on device" in text:
        return reasons.disk_full(image)
    if "no matching manifest" in text or "does not match the specified platform" in text:
        return reasons.platform_mismatch(architecture)
    if "manifest unknown" in text or "not found" in text or "name unknown" in text:
        return reasons.image_not_found(image)
    return reasons.pull_failed(image, text)
