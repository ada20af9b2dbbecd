"""What the command line says of a build."""

from __future__ import annotations

import pytest

from ecsdeploy.errors import UsageError
from ecsdeploy.image.request import read_args


def test_a_build_arg_that_looks_like_a_secret_is_refused_without_showing_it() -> None:
    with pytest.raises(UsageError) as refused:
        read_args(("NPM_TOKEN=npm_" + "a1B2" * 9,))
    assert "NPM_TOKEN" in refused.value.what
    assert "a1B2" not in f"{refused.value.what}{refused.value.why}{refused.value.fix}"
    assert read_args(("NPM_TOKEN=x",), allow_plain=("NPM_TOKEN",)) == {"NPM_TOKEN": "x"}
