from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.sandbox.runtime.lines import MAX_EVENT_BYTES, Events, Frames, Lines, Place
from ecsdeploy.sandbox.runtime.multiline import multiline_pattern

AT = b"2026-11-23T04:56:15.123456789Z"
LATER = b"2026-11-23T04:56:15.123456790Z"


def frame(text: bytes, *, stream: int = 1, at: bytes = AT) -> bytes:
    payload = at + b" " + text
    return bytes([stream, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload


def read(lines: Lines, data: bytes, *, tty: bool = False) -> list[bytes]:
    frames = Frames(tty=tty)
    return [line for stream, payload in frames.feed(data) for _, line in lines.frame(stream, payload)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2]),
            st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=99),
        ),
        max_size=20,
    ),
    st.integers(1, 40),
    st.integers(1, 50),
)
def test_lines_come_out_as_they_went_in_however_they_are_cut(
    written: list[tuple[int, str]], piece: int, chunk: int
) -> None:
    """`piece` is where the Engine cuts a line, `chunk` where the socket cuts the stream."""
    stream = b""
    for source, text in written:
        data = text.encode() + b"\n"
        for start in range(0, len(data), piece):
            stream += frame(data[start : start + piece], stream=source)
    frames, lines, events = Frames(), Lines(), Events()
    got = [
        event[1]
        for start in range(0, len(stream), chunk)
        for source, payload in frames.feed(stream[start : start + chunk])
        for at, line in lines.frame(source, payload)
        for event in events.line(at, line)
    ]
    assert got == [text for _, text in written]


def test_time_is_the_engine_s_in_milliseconds() -> None:
    assert list(Events().line(AT, b"hello")) == [(1795409775123, "hello")]


def test_stdout_and_stderr_are_put_together_apart() -> None:
    data = frame(b"he") + frame(b"wor", stream=2) + frame(b"llo\n") + frame(b"ld\n", stream=2)
    assert read(Lines(), data) == [b"hello", b"world"]


def test_empty_lines_make_no_event_and_a_last_line_without_end_does() -> None:
    lines = Lines()
    assert read(lines, frame(b"\n") + frame(b"one\n") + frame(b"two")) == [b"one"]
    assert list(lines.rest()) == [(AT, b"two")]


@pytest.mark.parametrize("letter", [b"x", "ä".encode(), "€".encode(), "😀".encode()])
def test_a_line_longer_than_an_event_is_cut_between_characters(letter: bytes) -> None:
    text = letter * 300_000
    got = read(Lines(), frame(text + b"\n"))
    assert b"".join(got) == text
    assert all(len(line) <= MAX_EVENT_BYTES for line in got)
    assert all(len(line) > MAX_EVENT_BYTES - 4 for line in got[:-1])
    for line in got:
        line.decode()


def test_reading_again_from_where_it_broke_off_loses_and_repeats_nothing() -> None:
    lines = Lines()
    assert read(lines, frame(b"1\n") + frame(b"2\n")) == [b"1", b"2"]
    assert lines.place.since() == "1795409774.123456789"
    lines.again()
    again = frame(b"1\n") + frame(b"2\n") + frame(b"3\n") + frame(b"4\n", at=LATER)
    assert read(lines, again) == [b"3", b"4"]
    assert Place().since() == "0"


def test_a_line_that_was_written_down_after_later_ones_repeats_nothing() -> None:
    lines = Lines()
    log = frame(b"1\n") + frame(b"2\n", at=LATER) + frame(b"error\n", stream=2)
    assert read(lines, log) == [b"1", b"2", b"error"]
    lines.again()
    assert read(lines, log + frame(b"late\n", stream=2)) == [b"late"]


@given(st.data())
def test_however_two_streams_are_interleaved_each_line_comes_once(data: st.DataObject) -> None:
    """Times are in order within a stream; a reading ends anywhere, and the next begins anew."""
    moments = st.lists(st.integers(0, 9), max_size=8)
    queues = {stream: sorted(data.draw(moments)) for stream in (1, 2)}
    log: list[bytes] = []
    while waiting := [stream for stream, left in queues.items() if left]:
        stream = data.draw(st.sampled_from(waiting))
        at = b"2026-11-23T04:56:15.12345678%dZ" % queues[stream].pop(0)
        log.append(frame(b"%d\n" % len(log), stream=stream, at=at))
    lines, got = Lines(), list[bytes]()
    for end in [*sorted(data.draw(st.lists(st.integers(0, len(log)), max_size=3))), len(log)]:
        lines.again()
        got += read(lines, b"".join(log[:end]))
    assert got == [b"%d" % number for number in range(len(log))]


def test_a_terminal_s_log_has_no_frames() -> None:
    assert read(Lines(), AT + b" one\r\n" + LATER + b" two\r\n", tty=True) == [b"one\r", b"two\r"]


def test_bytes_that_are_no_text_are_replaced_one_by_one() -> None:
    for line, text in ((b"\xff!", "�!"), (b"\xff\xfe", "��"), (b"\xe2\x82!", "��!"), (b"\xed\xa0\x80", "���")):
        assert [event for _, event in Events().line(AT, line)] == [text]


@pytest.mark.parametrize("pattern", [None, re.compile("^INFO")])
def test_what_stands_for_bad_bytes_counts_for_the_size_of_an_event(pattern: re.Pattern[str] | None) -> None:
    events = Events(pattern)
    got = [text for _, text in (*events.line(AT, b"\xff" * 200_000), *events.flush())]
    assert "".join(got) == "�" * 200_000
    assert [len(text.encode()) > MAX_EVENT_BYTES - 4 for text in got] == [True, True, False]
    assert all(len(text.encode()) <= MAX_EVENT_BYTES for text in got)


def test_without_blocking_each_piece_of_a_line_is_an_event() -> None:
    data = frame(b"x" * 16_384) + frame(b"y" * 100 + b"\n", at=LATER) + frame(b"\n") + frame(b"z")
    lines = Lines(pieces=True)
    assert read(lines, data) == [b"x" * 16_384, b"y" * 100, b"z"]
    assert list(lines.rest()) == []


def events_of(options: dict[str, str], *lines: bytes) -> list[str]:
    events = Events(multiline_pattern(options))
    got = [message for line in lines for _, message in events.line(AT, line)]
    return [*got, *[message for _, message in events.flush()]]


def test_a_multi_line_pattern_says_where_an_event_begins() -> None:
    options = {"awslogs-multiline-pattern": "^(INFO|ERROR)"}
    assert events_of(options, b"INFO a", b"ERROR b", b"  at c", b"  at d", b"INFO e") == [
        "INFO a",
        "ERROR b\n  at c\n  at d",
        "INFO e",
    ]


def test_a_datetime_format_does_too() -> None:
    options = {"awslogs-datetime-format": r"\[%b %d, %Y %H:%M:%S\]"}
    assert events_of(options, b"[May 01, 2026 19:00:01] a", b"b", b"[May 01, 2026 19:00:04] c") == [
        "[May 01, 2026 19:00:01] a\nb",
        "[May 01, 2026 19:00:04] c",
    ]


def test_an_event_does_not_wait_for_more_lines_for_ever() -> None:
    events = Events(re.compile("^INFO"))
    assert list(events.line(AT, b"INFO a")) == []
    assert list(events.flush(before=1795409775.0)) == []
    assert list(events.flush(before=1795409776.0)) == [(1795409775123, "INFO a")]
    assert list(events.flush()) == []
