from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import Breach, Recipient, Role, State
from assay.alerts.messages.html import html
from assay.alerts.messages.markdown import markdown
from assay.alerts.messages.message import Message
from assay.alerts.messages.saying import Subject, say
from assay.alerts.messages.text import text
from tests.unit.alerts.messages.cases import ALL, FAILURE, FORMS, LINKS, MANY_NULLS

EVIL = (
    "shop\n\x1b[2J\x07<!channel> <script>alert(1)</script> [log in](https://evil.example) ![x](http://evil.example/p.png) "
    "`rm -rf /` **bold** __under__ ~~gone~~ @everyone javascript:alert(1) \u202egnp.exe\u2066 \u200b \x00 \ud800"
)
MOST = 20_000
"""Letters of a message at most, whatever a contract holds."""

ALLOWED = {"div", "p", "strong", "table", "tr", "td", "code", "a", "span"}


def hostile(evil: str) -> Subject:
    """A failure of which everything that others write is evil."""
    measurement = replace(
        FAILURE.fired,
        contract=evil,
        contract_version=evil,
        promise=evil,
        promised=evil,
        measured=evil,
        window=evil,
        cause=evil,
        path=evil,
        first_steps=(evil,) * 30,
    )
    told = tuple(Recipient(evil, evil, role, evil, evil, evil) for role in Role) * 20
    breach = replace(FAILURE, fired=measurement, latest=measurement, resolved=measurement, recipients=told)
    breach = replace(breach, severity_reasons=(evil, evil))
    return Subject(breach, ALL, (breach,) * 30, LINKS)


def said(subject: Subject, state: State = State.FIRING) -> Message:
    return say(subject, state)


class Tags(HTMLParser):
    """Every tag and attribute of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(attrs)


def tags_of(fragment: str) -> Tags:
    found = Tags()
    found.feed(fragment)
    return found


@pytest.mark.parametrize("state", State)
def test_plain_text_has_a_line_for_each_thing_and_nothing_that_cannot_be_seen(state: State) -> None:
    lines = text(said(hostile(EVIL), state)).split("\n")
    assert all(line.isprintable() for line in lines)
    assert "\\x1b(2J\\x07(!channel)" in lines[0]
    assert not any(mark in line for line in lines for mark in ("<", "](", "\u202e", "`"))


def test_no_address_of_a_contract_is_one_and_those_of_the_operator_lead_where_he_says() -> None:
    message = said(hostile(EVIL))
    found = re.findall(r"https?://\S+", text(message))
    assert [address.split("/")[2] for address in found] == ["assay.example", "wiki.example"]
    assert all(re.fullmatch(r"https://[a-z./]+[A-Za-z0-9%._~-]*(/[A-Za-z0-9%._~-]*)?", address) for address in found)


def test_markdown_marks_only_what_is_ours() -> None:
    shown = markdown(said(hostile(EVIL)))
    ours = re.sub(r"^\*\*(.*)\*\*$|`([^`]*)`|\[(console|runbook)\]\([^()]*\)", r"\1\2", shown, flags=re.MULTILINE)
    assert not re.search(r"[*~`<>\[\]\\]", ours)
    assert not re.search(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", ours)
    assert "@everyone" not in shown


def test_html_has_our_tags_alone_and_fetches_nothing() -> None:
    found = tags_of(html(said(hostile(EVIL))))
    assert found.tags <= ALLOWED
    assert {name for name, _ in found.attributes} <= {"style", "role", "aria-label", "href"}
    hrefs = [value for name, value in found.attributes if name == "href"]
    assert all(value and value.startswith(("https://assay.example/", "https://wiki.example/")) for value in hrefs)


@pytest.mark.parametrize("form", FORMS)
def test_contract_of_100_kb_of_text_makes_a_short_message(form: str) -> None:
    assert len(FORMS[form](said(hostile("x" * 100_000)))) < MOST


@given(st.text(max_size=300))
def test_whatever_a_contract_holds_every_form_is_short_and_printable(evil: str) -> None:
    for state in State:
        message = said(hostile(evil), state)
        for rendered in (text(message), markdown(message), html(message)):
            assert all(line.isprintable() for line in rendered.split("\n"))
            assert len(rendered) < 4 * MOST
        assert tags_of(html(message)).tags <= ALLOWED


@given(st.lists(st.none() | st.floats()), st.none() | st.floats())
def test_numbers_of_any_size_make_a_picture(values: list[float | None], limit: float | None) -> None:
    message = Message("title", spark=tuple(values), limit=limit)
    assert all(form(message) for form in FORMS.values())


def test_steps_name_only_what_is_one_word_of_a_command() -> None:
    evil = replace(MANY_NULLS.fired, contract="orders; rm -rf /", fingerprint="$(reboot)")
    steps = said(Subject(Breach(evil, evil), None)).steps
    assert steps == ("assay alerts show ID", "assay alerts status CONTRACT")
