"""The bodies of the requests: one function for each `[notify] format`.

Text from outside (logs, reasons, names of people) must not call anybody, nor look like a link: it stands where the
receiver takes it as it is, or is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime

from ecsdeploy.core.word import Word
from ecsdeploy.report.clean import clean, clean_lines

Body = Mapping[str, object]
LONGEST = 1_000
"""How many characters of one text are told; Slack takes 3,000 in a section, Teams 28 KB in all."""
ESCAPED_LONGEST = 2_500
LOG_LONGEST = 2_000
BACKTICK = "\N{MODIFIER LETTER GRAVE ACCENT}"
"""Stands for a backtick, three of which would end the block that the log is in."""
_LINK = re.compile(r"https?://[^\s<>|\"'`\\^{}()\[\]]+")
_VERBS = {"deploy": "Deployment", "rollback": "Rollback", "restart": "Restart"}
_ENDS = {
    "succeeded": "succeeded",
    "rolled-back": "failed and was rolled back",
    "timed-out": "is not over, and nobody watches it any more",
    "superseded": "was replaced by a newer one",
    "paused": "waits for approval",
    "stopped": "was stopped before it was done",
    "unreachable": "ended with a service that nobody can reach",
    "empty": "proves nothing: no task runs",
    "unproven": "proves nothing: its smoke test could not be done",
    "smoke-failed": "failed its smoke test",
    "objective-missed": "failed its smoke test",
    "submitted": "was started, and is not waited for",
    "started": "goes on: its tasks run",
    "healthy": "goes on: its tasks are healthy",
    "interrupted": "is no longer watched: the command was interrupted",
}


def as_json(word: Word) -> Body:
    """Return the JSON object of `docs/notify.md`: every field, without control characters in any text."""
    return {name: _plain(value) for name, value in asdict(word).items()}


def as_slack(word: Word) -> Body:
    """Return a message for Slack's incoming webhooks (docs.slack.dev, Block Kit).

    Nothing from outside is in the line that a phone shows. Elsewhere `<`, `>` and `&` are escaped, so that nothing
    is a mention or a link, and `verbatim` keeps Slack from looking for more.
    """
    blocks: list[Body] = [{"type": "header", "text": {"type": "plain_text", "text": headline(word)[:150]}}]
    if facts := [_mrkdwn(f"*{name}*\n{_escaped(value)}") for name, value in _facts(word)]:
        blocks.append({"type": "section", "fields": facts})
    blocks += [_section(f"*{name}*\n{_escaped(value)}") for name, value in _why(word)]
    if log := _log(word):
        blocks.append(_section(f"```\n{_escaped(log).replace('`', BACKTICK)}\n```"))
    blocks += [_section(f"<{_escaped(url)}|{name}>") for name, url in _links(word)]
    return {"text": headline(word), "blocks": blocks}


def as_teams(word: Word) -> Body:
    """Return a message with an Adaptive Card for a Teams workflow (Microsoft Learn, "When a Teams webhook request is
    received").

    Text from outside stands in `TextRun`s, which know no Markdown. A mention would need an entity, and there is none.
    """
    colour = "Good" if word.succeeded else "Attention"
    title = {"type": "TextBlock", "text": headline(word), "weight": "Bolder", "size": "Medium", "wrap": True}
    body: list[Body] = [{**title, "color": colour}]
    body += [_rich((f"{name}: ", {"weight": "Bolder"}), (value, {})) for name, value in (*_facts(word), *_why(word))]
    body += [_rich((line, {"fontType": "Monospace"})) for line in _log(word).splitlines() if line]
    card: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": body,
    }
    if links := [{"type": "Action.OpenUrl", "title": name, "url": url} for name, url in _links(word)]:
        card["actions"] = links
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


SHAPES: Mapping[str, Callable[[Word], Body]] = {"json": as_json, "slack": as_slack, "teams": as_teams}


def headline(word: Word) -> str:
    """Return how it ended, in one line of our own words and names from the config."""
    of = f"{word.app} ({word.environment})" if word.environment else word.app
    return f"{_VERBS.get(word.command, 'Deployment')} of {of} {_ENDS.get(word.verdict, 'failed')}"


def _facts(word: Word) -> Iterator[tuple[str, str]]:
    """Yield what is known, each with its name; at most ten, which is what a section of Slack's takes."""
    minutes, seconds = divmod(round(word.seconds), 60)
    lasted = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    where = f"{word.cluster}/{word.service} in {word.region}"
    facts = {"Revision": word.revision, "Service": where, "Image": word.image, "Commit": word.commit}
    facts |= {"Actor": word.actor, "Took": lasted, "Exit code": str(word.exit_code)}
    yield from ((name, _clipped(value, 200)) for name, value in facts.items() if value)


def _why(word: Word) -> Iterator[tuple[str, str]]:
    texts = {} if word.succeeded else {"What happened": word.text, "Cause": word.cause, "What to do": word.fix}
    yield from ((name, _clipped(value, LONGEST)) for name, value in texts.items() if value)


def _links(word: Word) -> Iterator[tuple[str, str]]:
    """Yield the addresses that are one, and nothing else besides."""
    links = {"Open the service": word.url, "Open the run": word.run_url}
    yield from ((name, url) for name, url in links.items() if len(url) <= LONGEST // 2 and _LINK.fullmatch(url))


def _log(word: Word) -> str:
    """Return the last lines of the log, the last of them whole if that can be."""
    lines = [_clipped(line, LONGEST // 4) for line in word.log]
    while lines and sum(map(len, lines)) > LOG_LONGEST:
        lines = lines[1:]
    return "\n".join(lines)


def _clipped(text: str, longest: int) -> str:
    found = "\n".join(clean_lines(text))
    return found if len(found) <= longest else found[: longest - 1] + "…"


def _escaped(text: str) -> str:
    """Return `text` as Slack shows it, or the beginning of it: an escape takes up to five characters."""
    found = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return found if len(found) <= ESCAPED_LONGEST else _escaped(text[: len(text) * 9 // 10])


def _mrkdwn(text: str) -> Body:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _section(text: str) -> Body:
    return {"type": "section", "text": _mrkdwn(text)}


def _rich(*runs: tuple[str, Mapping[str, str]]) -> Body:
    """Return one paragraph. `{{` begins a function of the card's own (`{{DATE(...)}}`), wherever it stands."""
    inlines = [{"type": "TextRun", "text": re.sub(r"\{(?=\{)", "{ ", text), **style} for text, style in runs]
    return {"type": "RichTextBlock", "inlines": inlines}


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case str():
            return "\n".join(clean_lines(value))
        case list() | tuple():
            return [clean(str(each)) for each in value]
        case _:
            return value
