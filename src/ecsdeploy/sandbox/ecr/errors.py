"""ECR's refusals, in its own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ecsdeploy.sandbox.wire import AwsError


def invalid(parameter: str, constraint: str) -> AwsError:
    """Return an InvalidParameterException as ECR words it."""
    return AwsError(
        "InvalidParameterException",
        f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{constraint}'",
    )


def no_repository(name: str, account: str) -> AwsError:
    """Return the error for a repository that does not exist."""
    return AwsError(
        "RepositoryNotFoundException",
        f"The repository with name '{name}' does not exist in the registry with id '{account}'",
    )


def no_image(image_id: Mapping[str, str], name: str, account: str) -> AwsError:
    """Return the error for an image that does not exist."""
    return AwsError(
        "ImageNotFoundException",
        f"The image with imageId {image_text(image_id)} does not exist within the repository with name '{name}' "
        f"in the registry with id '{account}'",
    )


def image_text(image_id: Mapping[str, str]) -> str:
    """Return an image id as it stands in messages."""
    digest, tag = image_id.get("imageDigest", "null"), image_id.get("imageTag", "null")
    return f"{{imageDigest:'{digest}', imageTag:'{tag}'}}"


def tag_taken(tag: str, name: str) -> AwsError:
    """Return the error for a tag that may not be moved."""
    return AwsError(
        "ImageTagAlreadyExistsException",
        f"The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten "
        "because the tag is immutable.",
    )


def image_exists(digest: str, tag: str | None, name: str, account: str) -> AwsError:
    """Return the error for a push that changes nothing."""
    what = f"Image with digest '{digest}' and tag '{tag}'" if tag else f"Image with digest '{digest}'"
    return AwsError(
        "ImageAlreadyExistsException",
        f"{what} already exists in the repository with name '{name}' in registry with id '{account}'",
    )


def empty_upload(upload: str, name: str, account: str) -> AwsError:
    """Return the error for an upload that is to be completed before anything has come."""
    return AwsError(
        "EmptyUploadException",
        f"The upload with id '{upload}' in the repository with name '{name}' in registry with id '{account}' "
        "cannot be completed because it does not have any parts",
    )


def part_too_small() -> AwsError:
    """Return the error for an upload of which a part before the last one was small."""
    return AwsError("LayerPartTooSmallException", "All layer parts except the last part should be at least 5MB")


def wrong_digest() -> AwsError:
    """Return the error for a layer with another digest than its client said."""
    return AwsError("InvalidLayerException", "None of the provided layer digests match the calculated layer digest")


def wrong_first_byte(given: int, expected: int) -> str:
    """Return the text for a part that does not go on where the last one ended."""
    return f"First byte of the layer part is {given} instead of {expected}"


def missing_parts(code: str, noun: str, digests: Iterable[str], name: str, account: str) -> AwsError:
    """Return the error for a manifest whose layers or images have not been pushed."""
    listed = ", ".join(digests)
    return AwsError(
        code,
        f"{noun} with digests '[{listed}]' required for pushing image into repository with name '{name}' "
        f"in the registry with id '{account}' do not exist",
    )


def no_upload(upload: str, name: str, account: str) -> AwsError:
    """Return the error for an upload that does not exist."""
    return AwsError(
        "UploadNotFoundException",
        f"Upload with id '{upload}' could not be found for the repository with name '{name}' "
        f"in the registry with id '{account}'",
    )
