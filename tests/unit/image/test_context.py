from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.errors import Refused, UsageError
from ecsdeploy.image.context import LARGE_BYTES, check_context, open_context, workspace_of
from ecsdeploy.image.sensitive import sensitive_file

KEY = b"-----BEGIN RSA PRIVATE KEY-----\nabc\n"
CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nabc\n"

SECRET_FILES = [
    (".env", b""),
    ("config/.env.production", b""),
    (".ENV", b""),
    (".envrc", b""),
    ("certs/server.pem", KEY),
    ("certs/server.pem", CERTIFICATE + KEY),
    ("server.key", b"-----BEGIN PRIVATE KEY-----\n"),
    ("server.key", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"),
    ("id_rsa", b""),
    (".ssh/id_ed25519", b""),
    ("store.p12", b""),
    ("store.jks", b""),
    (".aws/credentials", b""),
    ("home/.docker/config.json", b'{"auths": {"x": {"auth": "abc"}}}'),
    (".kube/config", b""),
    ("gha-creds-0123456789abcdef.json", b"{}"),
    ("my-service-account.json", b'{"private_key": "-----BEGIN"}'),
    (".npmrc", b"//registry.npmjs.org/:_authToken=npm_abc\n"),
    ("web/.npmrc", b"_password = abc\n"),
    (".netrc", b""),
    (".git-credentials", b""),
    (".pypirc", b"[pypi]\npassword = x\n"),
    ("infra/terraform.tfstate", b"{}"),
]
PLAIN_FILES = [
    (".env.example", b""),
    (".env.sample", b""),
    ("environment.ts", b""),
    ("ca.pem", CERTIFICATE),
    ("i18n.key", b"hello"),
    ("id_rsa.pub", b""),
    (".npmrc", b"registry=https://registry.npmjs.org/\n"),
    (".npmrc", b"//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n"),
    (".npmrc", b"# //registry/:_authToken=abc\n"),
    (".docker/config.json", b"{}"),
    ("credentials.ts", b""),
    ("src/aws/credentials.py", b""),
    (".gitignore", b""),
    (".github/workflows/ci.yml", b""),
    ("service-account.json", b"{}"),
    (".pypirc", b"[distutils]\n"),
]


@pytest.mark.parametrize(("path", "content"), SECRET_FILES)
def test_a_file_that_holds_secrets_is_known(path: str, content: bytes) -> None:
    assert sensitive_file(path, lambda: content)


@pytest.mark.parametrize(("path", "content"), PLAIN_FILES)
def test_a_harmless_file_raises_no_alarm(path: str, content: bytes) -> None:
    assert not sensitive_file(path, lambda: content)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "main.js").write_text("1")
    return tmp_path


def refusal(project: Path, *allow: str) -> Refused:
    with pytest.raises(Refused) as caught:
        check_context(open_context(project, ".", "Dockerfile"), allow=allow)
    return caught.value


def test_what_is_let_through_is_refused_with_the_lines_to_add(project: Path) -> None:
    (project / ".env").write_text("PASSWORD=x")

    error = refusal(project)

    assert error.what == "The build context has files that must not get into an image."
    assert error.why.splitlines() == [
        "There is no .dockerignore to exclude:",
        "  .env  (environment settings, which usually hold secrets)",
        "  .git  (the git history, with everything that was ever committed)",
    ]
    assert error.fix.splitlines() == [
        f"Add to {project / '.dockerignore'}, one line each:",
        "  .env",
        "  .git",
        "If one of them is harmless: --allow-sensitive-context .env (may be repeated)",
    ]


def test_the_fix_fixes_it(project: Path) -> None:
    (project / ".env").write_text("PASSWORD=x")
    (project / "certs").mkdir()
    (project / "certs" / "own key.pem").write_bytes(KEY)
    (project / ".dockerignore").write_text(".git\n.env\ncerts/own key.pem\n")

    assert check_context(open_context(project, ".", "Dockerfile"), allow=()) == []


def test_what_is_allowed_by_name_folder_or_pattern_passes(project: Path) -> None:
    (project / "certs").mkdir()
    (project / "certs" / "test.pem").write_bytes(KEY)
    context = open_context(project, ".", "Dockerfile")

    for allow in ("certs/test.pem", "certs", "certs/", "certs/*", "*.pem"):
        assert check_context(context, allow=(allow, ".git")) == []
    assert "certs/test.pem" in refusal(project, "cert", ".git").why


def test_the_git_file_of_a_worktree_is_no_history(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / ".git").write_text("gitdir: /elsewhere\n")

    assert check_context(open_context(tmp_path, ".", "Dockerfile"), allow=()) == []


def test_a_build_secret_must_not_lie_open_beside(project: Path) -> None:
    (project / ".dockerignore").write_text(".git\n")
    token = project / "token.txt"
    token.write_text("x")
    context = open_context(project, ".", "Dockerfile")

    with pytest.raises(Refused) as caught:
        check_context(context, allow=(), secret_files=[token])

    assert "token.txt  (a build secret)" in caught.value.why


def test_a_large_context_is_worth_a_note(project: Path) -> None:
    (project / ".dockerignore").write_text(".git\n")
    with (project / "big").open("wb") as file:
        file.truncate(2 * LARGE_BYTES)

    notes = check_context(open_context(project, ".", "Dockerfile"), allow=())

    assert [note.text for note in notes] == [
        "The build context is 200 MiB. Exclude what the image does not need in `.dockerignore`."
    ]


def test_a_missing_dockerfile_names_those_that_are_there(project: Path) -> None:
    (project / "web.Dockerfile").write_text("FROM scratch\n")

    with pytest.raises(UsageError) as caught:
        open_context(project, ".", "Dockerfile.prod")

    assert caught.value.what == f"There is no Dockerfile.prod in {project}."
    assert caught.value.why == "There is Dockerfile, web.Dockerfile."


def test_a_missing_context_is_named(project: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        open_context(project, "nowhere", "Dockerfile")


def test_a_config_in_a_subfolder_may_build_the_whole_checkout(project: Path) -> None:
    (project / "deploy").mkdir()

    context = open_context(project / "deploy", "..", "Dockerfile")

    assert (context.root, context.dockerfile) == (project, project / "Dockerfile")
    assert workspace_of(project / "deploy") == project


def test_nothing_outside_of_the_checkout_is_built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "Dockerfile").write_text("FROM scratch\n")
    (project / "link").symlink_to(outside)
    (project / "Linkfile").symlink_to(outside / "Dockerfile")
    tricks = [
        (str(outside), "Dockerfile"),
        ("/", "Dockerfile"),
        (f"../{outside.name}", "Dockerfile"),
        ("link", "Dockerfile"),
        (".", str(outside / "Dockerfile")),
        (".", "Linkfile"),
        (".", "link/Dockerfile"),
        (".", f"../{outside.name}/Dockerfile"),
    ]

    for context, dockerfile in tricks:
        with pytest.raises(UsageError, match="points outside the checkout"):
            open_context(project, context, dockerfile)


def test_a_linked_dockerfile_goes_by_the_name_that_was_given(project: Path) -> None:
    """As `docker buildx build --file web` does (docker/compose#13014)."""
    (project / "web").symlink_to("Dockerfile")
    (project / "web.dockerignore").write_text("secret.txt\n")

    context = open_context(project, ".", "web")

    assert context.dockerfile == project / "web"
    assert context.ignore.keeps_out("secret.txt")


@given(st.lists(st.sampled_from(["..", ".", "a", "link", "/", "Dockerfile"]), min_size=1, max_size=6).map("/".join))
def test_whatever_opens_lies_inside(tmp_path_factory: pytest.TempPathFactory, path: str) -> None:
    top = tmp_path_factory.mktemp("top")
    project = top / "project"
    (project / "a").mkdir(parents=True)
    (project / ".git").mkdir()
    (project / "link").symlink_to(top)
    for folder in (top, project, project / "a"):
        (folder / "Dockerfile").write_text("FROM scratch\n")

    try:
        opened = open_context(project, path, "Dockerfile")
    except UsageError:
        return

    assert opened.root.is_relative_to(project)
    assert opened.dockerfile.is_relative_to(project)
