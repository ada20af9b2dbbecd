"""The rows are no test modules, and their assertions shall say as much as those of one."""

import pytest

pytest.register_assert_rewrite("tests.tool.states.rows", "tests.tool.states.play")
