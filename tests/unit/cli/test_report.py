from __future__ import annotations

import io
import re
from html.parser import HTMLParser

from rich.console import Console

from assay.cli.demo.chart import daily_chart
from assay.cli.demo.closing import show_closing
from assay.cli.demo.error_chart import error_chart
from assay.cli.demo.outcome import AlarmStory, BreachStory, Check, Counts, DayMeasured, Outcome, StayingLetters
from assay.cli.demo.report import report
from assay.cli.demo.watched import Alerted, DayWatched, Moving, Picture, Watched
from assay.cli.trace.way import Step, Way

DAYS = (
    DayMeasured("2013-02-07", 932, 1.2, kept=True),
    DayMeasured("2013-02-08", 929, 51.0, kept=False),
    DayMeasured("2013-02-09", 684, 57.5, kept=False),
)
BREACH = BreachStory("at most 20 %", "2013-02-08", "51 %", "2013-02-09", "57 %", None, None, ("ines", "<model>"))
COUNTS = Counts(raw=4, replayed=1, validated=2, dead_letters=2, repaired=1, lake=2, warehouse=2)
WATCHED = Watched(
    180, 80,
    (
        DayWatched("delay-model/1", "2013-02-08", True, 90, 60, 0.39, 0.29, "ok", (Moving("<rain>", "pending", 0.2),)),
        DayWatched("delay-model/1", "2013-02-09", True, 80, 20, 0.4, 0.23, "firing", (Moving("<rain>", "firing", 3.5),)),
        DayWatched("delay-model/1", "2013-02-10", False, 10, 0),
    ),
    (Picture("<rain> on 2013-02-09", "<svg><script/></svg>"),),
    (Alerted("<rain> as in the reference", "2013-02-09", None, ("<lou>",)),),
)  # fmt: skip
OUTCOME = Outcome(
    "kafka", 61.24, {"flights": COUNTS}, DAYS, (BREACH,),
    (StayingLetters("flights", "rule", "landing", 1, 0, "no flow applies"),), (Check("a", True, ""), Check("b", False, "")),
    (AlarmStory("failure/1", "1 dead letter open: <landing>", is_over=False, told=("ines",)),),
    WATCHED,
)  # fmt: skip
WAY = Way("flights", "id", "trace", None, (Step("emit", "", at_ms=1), Step("lake", "<one> row", "lake/flights")))


class Tags(HTMLParser):
    """Collects what a page loads from elsewhere, and whether its tags are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        links = [value or "" for name, value in attrs if name in ("src", "href")]
        self.links += [link for link in links if not link.startswith("data:")]
        if tag not in ("meta", "img"):
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


def test_what_moved_is_a_row_with_its_effect_and_the_error_of_the_day() -> None:
    text = page()

    assert "<td>&lt;rain&gt; 3.50</td>" in text
    assert "<rain>" not in text
    assert "40.0%" in text
    assert "&lt;rain&gt; from 2013-02-09" in text
    assert "<dd>&lt;lou&gt;</dd>" in text


def test_a_picture_that_was_drawn_elsewhere_stands_as_a_document_of_its_own() -> None:
    assert "<script" not in page()
    assert 'src="data:image/svg+xml;base64,' in page()


def test_a_day_that_fires_has_another_colour() -> None:
    picture = error_chart(WATCHED.complete, "wrong")

    assert (picture.count('class="kept"'), picture.count('class="broken"')) == (1, 1)
    assert "40.0% of 20 wrong" in picture


def test_the_closing_table_has_a_line_for_each_whole_day() -> None:
    console = Console(record=True, width=100, file=io.StringIO())

    show_closing(console, OUTCOME, None, [("the lake", "/data/lake")])

    said = console.export_text()
    assert "180 answers, 80 labels, 2 days, 1 firing" in said
    assert re.search(r"2013-02-08 +90 +39.0% +29.0% +pending +<rain> 0.20", said)
    assert re.search(r"2013-02-09 +80 +40.0% +23.0% +firing +<rain> 3.50", said)
    assert "2013-02-10" not in said.split("The delay model")[1].split("Checks")[0]


def test_a_run_without_days_has_a_page_too() -> None:
    empty = Outcome("kafka", 1.0, {"flights": COUNTS}, (), (), (), ())

    assert "None fired." in report(empty, None, 20.0, [])


def test_the_json_object_has_exactly_these_keys() -> None:
    found = OUTCOME.as_json()

    assert list(found) == ["broker", "seconds", "records", "breaches", "alarms", "drift", "checks"]
    assert found["records"] == {
        "flights": {
            "raw": 4, "replayed": 1, "validated": 2, "dead_letters": 2, "repaired": 1, "lake": 2, "warehouse": 2,
        }
    }  # fmt: skip
    assert found["breaches"] == {"fired": 1, "resolved": 0}
    assert found["alarms"] == {"fired": 1, "over": 0}
    assert found["drift"] == {
        "windows": 2,
        "predictions": 180,
        "labels": 80,
        "firing": [{"series": "delay-model/1", "feature": "<rain>", "window": "2013-02-09", "effect": 3.5}],
    }
    assert found["checks"] == [{"name": "a", "ok": True, "detail": ""}, {"name": "b", "ok": False, "detail": ""}]
