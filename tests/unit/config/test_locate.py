from __future__ import annotations

import tomllib
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.config.locate import Key, lines_of
from ecsdeploy.config.mistake import dotted

TEXT = '''\
# a = 1
app = "x"  # app = 2
"quoted key".inner = 'it''s'

[task] # table
cpu = 256
raw = { a = 1, "b.c" = { d = [1,
  2, { e = 3 }] } }
multi = """
[not.a.table]
x = \\"""
"""
raw_text = \'\'\'
y = 1\'\'\'\'
list = [ # first
  "a", # ] not the end
  "b",
]

[[task.containers]]
name = "one"
[task.containers.options]
deep = true
[[task.containers]]
name = "two"
when = 1979-05-27 07:32:00

[environments.staging]
service.count = 1
'''.replace("'it''s'", "'its'")


def test_every_key_has_its_line() -> None:
    tomllib.loads(TEXT)
    assert {dotted(key): line for key, line in lines_of(TEXT).items()} == {
        "app": 2,
        "'quoted key'": 3,
        "'quoted key'.inner": 3,
        "task": 5,
        "task.cpu": 6,
        "task.raw": 7,
        "task.raw.a": 7,
        "task.raw.'b.c'": 7,
        "task.raw.'b.c'.d": 7,
        "task.raw.'b.c'.d[0]": 7,
        "task.raw.'b.c'.d[1]": 8,
        "task.raw.'b.c'.d[2]": 8,
        "task.raw.'b.c'.d[2].e": 8,
        "task.multi": 9,
        "task.raw_text": 13,
        "task.list": 15,
        "task.list[0]": 16,
        "task.list[1]": 17,
        "task.containers[0]": 20,
        "task.containers[0].name": 21,
        "task.containers[0].options": 22,
        "task.containers[0].options.deep": 23,
        "task.containers[1]": 24,
        "task.containers[1].name": 25,
        "task.containers[1].when": 26,
        "environments.staging": 28,
        "environments.staging.service": 29,
        "environments.staging.service.count": 29,
    }


def test_windows_line_ends_count_once() -> None:
    assert lines_of("a = 1\r\n\r\n[b]\r\nc = 2\r\n") == {("a",): 1, ("b",): 3, ("b", "c"): 4}


def test_a_text_that_is_no_toml_has_the_lines_until_there() -> None:
    assert lines_of("a = 1\nb = [1, 2\n") == {("a",): 1, ("b",): 2, ("b", 0): 2, ("b", 1): 2}
    assert lines_of("a = 1\n= 2\n") == {("a",): 1}


def leaves(value: object, key: Key = ()) -> Iterator[Key]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*key, name))
    else:
        yield key


values = st.sampled_from(
    [
        "1",
        "-1.5",
        "true",
        '"x # y"',
        "'['",
        '"""\n]"""',
        "'''\n'\n'''",
        '"\\"="',
        "[]",
        "[1,\n[2]]",
        "{}",
        "{ z = '}' }",
    ]
)
names = st.sampled_from(["a", "b-c", "1", '"d.e"', "'f g'", '"\\u00e9"', '""'])


@given(st.lists(st.tuples(names, names, names, values, st.sampled_from(["", "\n", "# [x]\n"])), max_size=8))
def test_every_value_that_tomllib_reads_is_found_on_the_line_it_begins(
    entries: list[tuple[str, str, str, str, str]],
) -> None:
    text = ""
    for table, key, inner, value, gap in entries:
        more = f"{text}{gap}[{table}.{len(text)}]\n{key} . {inner} = {value}\n"
        try:
            tomllib.loads(more)
        except tomllib.TOMLDecodeError:
            continue
        text = more
    found = lines_of(text)
    written = text.split("\n")
    for place in leaves(tomllib.loads(text)):
        assert place in found
        assert "=" in written[found[place] - 1]
