"""Every example of the user guide's page on filter patterns, and what must always hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.sandbox.logs.filters import PatternError, compile_pattern

BAD_REQUEST = "[ERROR 400] BAD REQUEST"
UNAUTHORIZED = "[ERROR 401] UNAUTHORIZED REQUEST"
MISSING = "[ERROR 419] MISSING ARGUMENTS"
INVALID = "[ERROR 420] INVALID ARGUMENTS"
ALL = [BAD_REQUEST, UNAUTHORIZED, MISSING, INVALID]

TRAIL = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "cluster.name": "c",
    "ThisFlag": True,
}
USERS = {
    "user": {"id": 1, "email": "John.Stiles@example.com"},
    "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
    "actions": ["GET", "PUT", "DELETE"],
    "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
}
APACHE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
LINES = [
    "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200",
    "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310",
    "WARNING 09/25/2014 12:00:02 Invalid user request",
    "ERROR 09/25/2014 12:00:02 Failed to process request",
]


def let_through(pattern: str, messages: list[str]) -> list[str]:
    compiled = compile_pattern(pattern)
    return [message for message in messages if compiled.matches(message)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", ALL),
        ("   ", ALL),
        ('" "', ALL),
        ('""', ALL),
        ("ERROR", ALL),
        ("error", []),
        ("ERROR ARGUMENTS", [MISSING, INVALID]),
        ("?UNAUTHORIZED ?MISSING", [UNAUTHORIZED, MISSING]),
        ("?UNAUTHORIZED ?MISSING REQUEST", [BAD_REQUEST, UNAUTHORIZED]),
        ("?UNAUTHORIZED -REQUEST", [MISSING, INVALID]),
        ('"BAD REQUEST"', [BAD_REQUEST]),
        ("ERROR -ARGUMENTS", [BAD_REQUEST, UNAUTHORIZED]),
        ('"ERROR" - "ARGUMENTS"', [BAD_REQUEST, UNAUTHORIZED]),
        ('-"[ERROR 4"', []),
        ('?"401]" ?"419]"', [UNAUTHORIZED, MISSING]),
        ("%AUTHORIZED%", [UNAUTHORIZED]),
        (r"%^\[ERROR 4[0-1]{1,2}\]%", [BAD_REQUEST, UNAUTHORIZED]),
        ("%ARGUMENTS$|BAD%", [BAD_REQUEST, MISSING, INVALID]),
        (r"%\x5BERROR%", ALL),
    ],
)
def test_words_phrases_and_regexes(pattern: str, expected: list[str]) -> None:
    assert let_through(pattern, ALL) == expected


def test_quotes_and_backslashes_are_escaped_inside_a_phrase() -> None:
    assert let_through(r'"\"level\":\"error\""', ['{"level":"error"}', "level error"]) == ['{"level":"error"}']
    assert let_through(r'"C:\\temp"', [r"C:\temp", "C:temp"]) == [r"C:\temp"]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{$.eventType=UpdateTrail}", True),
        ("{ $.eventType = Update* }", True),
        ('{ $.eventType = "*Trail" }', True),
        ("{ $.eventType = Up*Trail }", False),
        ('{ $.eventType != "UpdateTrail" }', False),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = 111.111.* }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[1] = "value" }', False),
        ('{ $.arrayKey[7] = "value" }', False),
        ('{ $.eventType[0] = "U" }', False),
        ("{ $.eventType = %Trail% }", True),
        ("{ $.eventType != %Trail% }", False),
        ("{ $.arrayKey[*] = %val.{2}% }", True),
        (r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", True),
        ("{ $.['cluster.name'] = \"c\" }", True),
        ("{ $['cluster.name'] = c }", True),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.eventType IS NULL }", False),
        ("{ $.nothing IS NULL }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.ThisFlag = true }", False),
        ('{ $.ThisFlag = "*" }', True),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[1].id != 2 }", False),
        ("{ $.objectList[*].id > 1 }", True),
        ("{ $.objectList[*].id > 2 }", False),
        ("{ $.arrayKey = value }", False),
        ("{ $.arrayKey != value }", False),
        ("{ $.missing != value }", False),
    ],
)
def test_conditions_on_json(pattern: str, *, matches: bool) -> None:
    assert compile_pattern(pattern).matches(json.dumps(TRAIL)) is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', False),
        (
            '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }',
            True,
        ),
        (
            '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = no) && $.actions[2] = nomatch }',
            False,
        ),
        ("{ $.coordinates[2][0] = 7 }", True),
        ("{ ((($.user.id = 1))) }", True),
    ],
)
def test_compound_conditions(pattern: str, *, matches: bool) -> None:
    assert compile_pattern(pattern).matches(json.dumps(USERS)) is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("{ $.n >= 500 }", True),
        ("{ $.n < 10e3 }", True),
        ("{ $.n < 10e-3 }", False),
        ("{ $.n <= 1000.0 }", True),
        ("{ $.n = 1e3 }", True),
        ("{ $.n = +1000 }", True),
        ("{ $.n = 10* }", True),
        ("{ $.n = * }", True),
        ("{ $.n != 1000 }", False),
        ("{ $.tiny = 1e-3 }", True),
        ("{ $.tiny > -5 }", True),
        ("{ $.text = 400 }", True),
        ("{ $.text > 300 }", False),
        ("{ $.big = 12345678901234567890 }", True),
        ("{ $.big = 12345678901234567891 }", False),
    ],
)
def test_numbers(pattern: str, *, matches: bool) -> None:
    message = '{"n": 1000, "tiny": 0.001, "text": "400", "big": 12345678901234567890}'
    assert compile_pattern(pattern).matches(message) is matches


@pytest.mark.parametrize("message", ["", "plain", "{", '{"a": NaN}', '{"a": 1} tail', "[" * 100_000, '"a"'])
def test_what_is_not_json_matches_no_condition(message: str) -> None:
    assert not compile_pattern("{ $.a NOT EXISTS }").matches(message)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", True),
        ("[..., request =*.html*, status_code = 4*, bytes]", True),
        ("[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code = 4* && status_code != 404, bytes]", False),
        ("[ip, user, username, timestamp, request, status_code, bytes > 1000]", True),
        ("[ip, user, username, timestamp, request, status_code, bytes > 2000]", False),
        ("[ip, user, ..., bytes = 1534]", True),
        ("[ip = 10.*, ...]", False),
        ("[ip, user, ...]", True),
        ("[a, b, c, d, e, f, g, h]", False),
        ("[a, b, c, d, e, f, g, ...]", True),
        ("[a, b, c, d, e, f, g, h, ...]", False),
    ],
)
def test_columns(pattern: str, *, matches: bool) -> None:
    assert compile_pattern(pattern).matches(APACHE) is matches


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[w1=ERROR, w2]", [LINES[3]]),
        ("[w1=ERROR]", []),
        ("[w1=ERROR || w1=WARNING, w2]", LINES[2:]),
        ("[w1!=ERROR && w1!=WARNING, w2]", LINES[:2]),
        ("[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]", LINES[:1]),
        ("[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]", LINES[1:2]),
    ],
)
def test_words_in_order(pattern: str, expected: list[str]) -> None:
    assert let_through(pattern, LINES) == expected


def test_columns_are_extracted_by_name_or_position() -> None:
    assert compile_pattern("[..., request=*.html*, status_code=4*,]").extract(APACHE) == {
        "$1": "127.0.0.1",
        "$2": "Prod",
        "$3": "frank",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /index.html HTTP/1.0",
        "$status_code": "404",
        "$7": "1534",
    }


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("Status: timeout", "Invalid character(s) in term ':'"),
        ("?Status: timeout", "Invalid character(s) in term ':'"),
        ('"retrievedReferences" [', "Invalid character(s) in term '['"),
        ("(a)", "Invalid character(s) in term '('"),
        ("`ERROR`", "Invalid character(s) in term '`'"),
        (r"level\":\"error", r"Invalid character(s) in term '\'"),
        ('{ $."sc-status" = 5* }', "Invalid character(s) in term '$.\"'"),
        ('"open', "Invalid filter pattern"),
        ("-", "Invalid filter pattern"),
        ("{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"),
        ("{ $.a = }", "Invalid filter pattern"),
        ("[a=, b]", "Invalid filter pattern"),
        ("{ $.a }", "Invalid character(s) in term '}'"),
        ("{ $.a = 1 } x", "If a filter pattern starts with '{' it must end with '}'"),
        ("{ $.a = 1 } x }", "Invalid character(s) in term 'x'"),
        ("{ $.a > many }", "Invalid filter pattern"),
        ('{ $.a > "1" }', "Invalid filter pattern"),
        ("{ $.a EXISTS }", "Invalid character(s) in term 'E'"),
        ("{ $.a IS NOT NULL }", "Invalid character(s) in term 'I'"),
        ("{ $.*.* = 1 }", "Invalid character(s) in term '$.*.* '"),
        ("{ $.* = 1 || $.* = 2 || $.* = 3 || $.* = 4 }", "Invalid filter pattern"),
        ("{ $.a = %a% || $.a = %b% || $.a = %c% }", "Invalid filter pattern"),
        ("%some(thing)%", "Invalid character(s) in term '('"),
        ("%something!%", "Invalid character(s) in term '!'"),
        ("%é%", "Invalid character(s) in term 'é'"),
        (r"%\b%", r"Invalid character(s) in term '\b'"),
        ("%open", "Invalid character(s) in term '%'"),
        ("%%", "Invalid filter pattern"),
        ("%*a%", "Invalid filter pattern"),
        ("%a{99999999999}%", "Invalid filter pattern"),
        ("[..., a, ...]", "Invalid filter pattern"),
        ("[a=!b, c]", "Invalid character(s) in term '!'"),
        ("[a=%1%, b=%2%, c=%3%]", "Invalid filter pattern"),
        ("[a, b", "If a filter pattern starts with '[' it must end with ']'"),
        ("{" + "(" * 1000 + "}", "Invalid filter pattern"),
    ],
)
def test_what_aws_refuses(pattern: str, message: str) -> None:
    with pytest.raises(PatternError) as refused:
        compile_pattern(pattern)
    assert str(refused.value) == message


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_a_pattern_or_refused_and_any_pattern_judges_any_message(pattern: str, message: str) -> None:
    try:
        compiled = compile_pattern(pattern)
    except PatternError:
        return
    assert compiled.matches(message) in (True, False)


@given(st.text(alphabet='{}[]()$.*=!<>&|%"-?,ab1 \\', max_size=60), st.text(max_size=60))
def test_no_mix_of_the_grammars_own_characters_breaks_it(pattern: str, message: str) -> None:
    try:
        compiled = compile_pattern(pattern)
    except PatternError:
        return
    assert compiled.matches(message) in (True, False)
    assert isinstance(compiled.extract(message), dict)


@given(st.text(min_size=1).filter(str.strip), st.text(), st.text())
def test_a_quoted_phrase_finds_itself_and_nothing_else(phrase: str, before: str, after: str) -> None:
    quoted = phrase.replace("\\", "\\\\").replace('"', '\\"')
    assert compile_pattern(f'"{quoted}"').matches(before + phrase + after)
    assert not compile_pattern(f'-"{quoted}"').matches(before + phrase + after)
    assert compile_pattern(f'"{quoted}"').matches(before) is (phrase in before)


@given(st.integers(), st.integers())
def test_numbers_compare_exactly(left: int, right: int) -> None:
    message = json.dumps({"n": left})
    assert compile_pattern(f"{{ $.n > {right} }}").matches(message) is (left > right)
    assert compile_pattern(f"{{ $.n <= {right} }}").matches(message) is (left <= right)
    assert compile_pattern(f"{{ $.n = {right} }}").matches(message) is (left == right)


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=3), min_size=1, max_size=4))
def test_and_binds_more_tightly_than_or(groups: list[list[bool]]) -> None:
    document = {f"v{x}x{y}": value for x, group in enumerate(groups) for y, value in enumerate(group)}
    joined = " || ".join(
        " && ".join(f"$.v{x}x{y} IS TRUE" for y in range(len(group))) for x, group in enumerate(groups)
    )
    either = " && ".join(
        "(" + " || ".join(f"$.v{x}x{y} IS TRUE" for y in range(len(group))) + ")" for x, group in enumerate(groups)
    )
    assert compile_pattern(f"{{ {joined} }}").matches(json.dumps(document)) is any(map(all, groups))
    assert compile_pattern(f"{{ {either} }}").matches(json.dumps(document)) is all(map(any, groups))
