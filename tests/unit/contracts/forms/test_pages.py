"""A contract as a page: whole, without anything from elsewhere, and with nothing in it that is markup."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from assay.contracts import Contract, load
from assay.contracts.pages import contract_page, index_page, page_name
from tests.unit.contracts.forms.drawn import contracts

EVIL = """</style></title><script>alert(1)</script>"'&<img src=x onerror=alert(1)>"""
VOID = {"meta", "br", "link", "img", "input"}
LOADS = {
    "script",
    "img",
    "iframe",
    "object",
    "embed",
    "link",
    "audio",
    "video",
    "source",
    "form",
    "base",
    "image",
    "use",
}


class Page(HTMLParser):
    """The elements of a page; raises where one is closed that was not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def raised(contract: Contract, old: str, new: str) -> Contract:
    text = contract.text.decode()
    assert old in text
    return load(text.replace(old, new).replace("version: 1.0.0", "version: 1.1.0").encode())


def test_a_page_says_promise_fields_lineage_and_how_to_use_it(flights: Contract) -> None:
    words = Page(contract_page([flights])).words
    for said in (
        "Departures from New York", "arr_delay missing at most 20 % a day", "scheduled_departure", "airport-operations",
        "delay-model", "reads carrier, origin, dest", "one of EWR JFK LGA", "flights.validated", "await producer.emit(",
        "a landing has an arrival delay", "Version 1.0.0 is the only one here",
    ):  # fmt: skip
        assert said in words, said


def test_a_page_shows_what_changed_and_for_whom(flights: Contract) -> None:
    newer = raised(flights, "mustBeLessOrEqualTo: 20", "mustBeLessOrEqualTo: 60")
    words = Page(contract_page([flights, newer])).words
    assert "1.0.0 to 1.1.0" in words
    assert "promise-weakened" in words
    assert "delay-model" in words


def test_lineage_leads_to_the_page_of_what_it_is_made_of(flights: Contract) -> None:
    root = Path(__file__).parents[4]
    delays = load((root / "examples/flights/derived/long-delays.odcs.yaml").read_bytes())
    assert "flights.html" in Page(contract_page([delays], [flights, delays])).links


def test_what_a_contract_says_is_never_markup(orders_text: str) -> None:
    quoted = EVIL.replace("\\", "\\\\").replace('"', '\\"')
    text = (
        orders_text.replace("id: orders\n", f'id: orders\nname: "{quoted}"\ndescription: {{purpose: "{quoted}"}}\n', 1)
        .replace('contact: "#dwh"', f'contact: "{quoted}"')
        .replace("{value: PAID}", f'{{value: "{quoted}"}}')
        .replace("expr: \"state != 'PAID' || amount > 0\"", f'expr: "amount > 0", description: "{quoted}"')
    )
    evil = load(text.encode())
    for made in (contract_page([evil]), index_page([evil])):
        page = Page(made)
        assert not LOADS & set(page.elements)
        assert page.handlers == []
        assert EVIL in page.words


@given(contract=contracts())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_any_contract_has_a_page_that_loads_nothing(contract: Contract) -> None:
    made = contract_page([contract])
    page = Page(made)
    assert not LOADS & set(page.elements)
    assert all(link.endswith(".html") and "/" not in link for link in page.links)
    assert "http:" not in made.replace("http-equiv", "")


def test_a_contract_named_index_leaves_the_list_its_name() -> None:
    assert page_name("index") != "index.html"
