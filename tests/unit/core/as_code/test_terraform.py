from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.as_code.terraform import literal


def rendered(template: str) -> str:
    """Return what Terraform makes of a template: an expression would have to be evaluated, and nothing can be."""
    unescaped = re.compile(r"(?P<escaped>[$]{2}\{|%{2}\{)|(?P<expression>[$]\{|%\{)")

    def one(found: re.Match[str]) -> str:
        assert found["expression"] is None, f"{template!r} has an expression"
        return found[0][1:]

    return unescaped.sub(one, template)


@given(st.text(alphabet="$%{}a ", max_size=12).filter(lambda text: "$$" not in text and "%%" not in text))
def test_a_text_stands_for_itself(text: str) -> None:
    assert rendered(literal(text)) == text


def test_a_variable_of_iams_is_no_expression_of_terraforms() -> None:
    assert literal("arn:aws:s3:::home/${aws:username}/%{x}") == "arn:aws:s3:::home/$${aws:username}/%%{x}"
