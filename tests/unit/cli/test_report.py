from __future__ import annotations

from html.parser import HTMLParser

from assay.cli.demo.chart import daily_chart
from assay.cli.demo.outcome import AlarmStory, BreachStory, Check, Counts, DayMeasured, Outcome, StayingLetters
from assay.cli.demo.report import report
from assay.cli.trace.way import Step, Way

DAYS = (
    DayMeasured("2013-02-07", 932, 1.2, kept=True),
    DayMeasured("2013-02-08", 929, 51.0, kept=False),
    DayMeasured("2013-02-09", 684, 57.5, kept=False),
)
BREACH = BreachStory("at most 20 %", "2013-02-08", "51 %", "2013-02-09", "57 %", None, None, ("ines", "<model>"))
COUNTS = Counts(raw=4, replayed=1, validated=2, dead_letters=2, repaired=1, lake=2, warehouse=2)
OUTCOME = Outcome(
    "kafka", 61.24, {"flights": COUNTS}, DAYS, (BREACH,),
    (StayingLetters("flights", "rule", "landing", 1, 0, "no flow applies"),), (Check("a", True, ""), Check("b", False, "")),
    (AlarmStory("failure/1", "1 dead letter open: <landing>", is_over=False, told=("ines",)),),
)  # fmt: skip
WAY = Way("flights", "id", "trace", None, (Step("emit", "", at_ms=1), Step("lake", "<one> row", "lake/flights")))


class Tags(HTMLParser):
    """Collects what a page loads, and whether its tags are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page() -> str:
    return report(OUTCOME, WAY, 20.0, [("the lake", "/data/lake")])


def test_the_page_loads_nothing_and_closes_every_tag() -> None:
    tags = Tags()

    tags.feed(page())

    assert (tags.links, tags.open) == ([], [])


def test_what_comes_from_outside_is_escaped() -> None:
    assert "&lt;model&gt;" in page()
    assert "<model>" not in page()


def test_an_alert_on_invalid_records_shows_what_it_said_and_to_whom() -> None:
    assert "1 dead letter open: &lt;landing&gt;" in page()


def test_a_failed_check_shows_at_the_top() -> None:
    assert "1 of 2 checks fails" in page()


def test_broken_days_are_named_in_the_picture() -> None:
    picture = daily_chart(DAYS, 20.0, "missing")

    assert picture.count('class="broken"') == 2
    assert "8 Feb: 51 %" in picture
    assert "9 Feb: 57 %" in picture or "9 Feb: 58 %" in picture


def test_a_run_without_days_has_a_page_too() -> None:
    empty = Outcome("kafka", 1.0, {"flights": COUNTS}, (), (), (), ())

    assert "None fired." in report(empty, None, 20.0, [])


def test_the_json_object_has_exactly_these_keys() -> None:
    found = OUTCOME.as_json()

    assert list(found) == ["broker", "seconds", "records", "breaches", "alarms", "checks"]
    assert found["records"] == {
        "flights": {
            "raw": 4, "replayed": 1, "validated": 2, "dead_letters": 2, "repaired": 1, "lake": 2, "warehouse": 2,
        }
    }  # fmt: skip
    assert found["breaches"] == {"fired": 1, "resolved": 0}
    assert found["alarms"] == {"fired": 1, "over": 0}
    assert found["checks"] == [{"name": "a", "ok": True, "detail": ""}, {"name": "b", "ok": False, "detail": ""}]
