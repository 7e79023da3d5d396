from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.monitoring.pictures import Bar, Point, between, distribution, trend
from assay.monitoring.pictures.svg import axis

HOSTILE = st.text(st.characters(), max_size=150)
COUNTS = st.integers(0, 10**12)
BARS = st.lists(st.builds(Bar, HOSTILE, COUNTS, COUNTS, st.booleans(), HOSTILE), max_size=70)
POINTS = st.lists(st.builds(Point, HOSTILE, st.none() | st.floats(), HOSTILE | st.just("firing")), max_size=20)
DRAWN = {"svg", "style", "rect", "text", "line", "g", "title", "path", "polyline", "circle"}


def elements(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg.encode()).iter())


def names(svg: str) -> list[str]:
    return [each.tag.removeprefix("{http://www.w3.org/2000/svg}") for each in elements(svg)]


def words(svg: str) -> list[str]:
    return [each.text or "" for each in elements(svg) if each.tag.endswith("text")]


def of_kind(svg: str, kind: str) -> list[ElementTree.Element]:
    return [each for each in elements(svg) if each.get("class") == kind]


def is_harmless(svg: str) -> bool:
    attributes = {name for each in elements(svg) for name in each.attrib}
    return set(names(svg)) <= DRAWN and not any(name.startswith("on") or "href" in name for name in attributes)


@given(HOSTILE, BARS, HOSTILE)
def test_no_name_of_a_bin_becomes_markup(title: str, bars: list[Bar], said: str) -> None:
    assert is_harmless(distribution(title, bars, said))


@given(HOSTILE, POINTS, st.none() | st.floats(), HOSTILE)
def test_no_name_of_a_window_becomes_markup(title: str, points: list[Point], floor: float | None, said: str) -> None:
    assert is_harmless(trend(title, points, floor, said))


@given(st.lists(st.none() | st.floats(), max_size=20), st.none() | st.floats())
def test_every_mark_lies_in_the_picture(effects: list[float | None], floor: float | None) -> None:
    svg = trend("x", [Point("w", effect, "ok") for effect in effects], floor)

    assert all(0 <= float(each.get("cy", "-1")) <= 320 for each in of_kind(svg, "ok") if each.tag.endswith("circle"))
    assert "nan" not in " ".join(value for each in elements(svg) for value in each.attrib.values())


def test_a_script_in_a_name_is_read_as_text() -> None:
    svg = distribution("<script>alert(1)</script>", [Bar('"><b>', 1, 1)])

    assert "<script" not in svg
    assert words(svg)[0] == "<script>alert(1)</script>"


def test_signs_that_turn_or_hide_text_are_shown_as_codes() -> None:
    assert words(distribution("a\u202eb\x1b", []))[0] == "a\\u202eb\\x1b"


def test_a_bin_that_moved_has_an_arrow_in_its_direction_and_says_so() -> None:
    svg = distribution("x", [Bar("up", 10, 90, moved=True), Bar("down", 90, 10, moved=True), Bar("still", 5, 5)])

    arrows = [each.get("d", "") for each in of_kind(svg, "moved") if each.tag.endswith("path")]
    assert len(arrows) == 2
    said = [each.text or "" for each in elements(svg) if each.tag.endswith("title")]
    assert [each.endswith(", moved") for each in said] == [True, True, False]
    assert said[0] == "up: 9.52% of the reference, 85.71% of the window, moved"


def test_shares_are_drawn_and_not_counts() -> None:
    bars = [
        each.get("height") for each in of_kind(distribution("x", [Bar("a", 1_000, 10), Bar("b", 3_000, 30)]), "window")
    ]
    reference = of_kind(distribution("x", [Bar("a", 1_000, 10), Bar("b", 3_000, 30)]), "reference")

    assert bars == [each.get("height") for each in reference]


def test_numeric_bins_are_named_by_their_edges() -> None:
    bars = between([1.0, math.nextafter(1.0, 2), 2.5], [1, 2, 3, 4], [4, 3, 2, 1], {3})

    assert [bar.name for bar in bars] == ["< 1", "= 1", "1 … 2.5", "≥ 2.5"]
    assert [bar.label for bar in bars] == ["< 1", "= 1", "< 2.5", "≥ 2.5"]
    assert [bar.moved for bar in bars] == [False, False, False, True]


def test_counts_that_do_not_fit_the_edges_are_refused() -> None:
    with pytest.raises(ValueError, match="1 edges make 2 bins"):
        between([1.0], [1], [1, 2])


def test_many_bins_are_drawn_as_sixty() -> None:
    svg = distribution("x", [Bar(str(index), 1, 1) for index in range(500)])

    assert "441 more" in words(svg)


def test_a_window_without_an_effect_breaks_the_line() -> None:
    points = [Point(str(index), None if index == 2 else 0.1, "ok") for index in range(6)]

    lines = [each.get("points", "").split() for each in of_kind(trend("x", points, None), "trend")]
    assert [len(each) for each in lines] == [2, 3]


def test_each_state_has_its_mark_and_its_word() -> None:
    states = ("ok", "pending", "firing", "insufficient", "learning")
    svg = trend("x", [Point(state, 0.1, state) for state in states], 0.05)

    assert [len(of_kind(svg, state)) for state in states] == [2, 2, 2, 2, 2]
    assert set(states) <= set(words(svg))
    assert "floor 0.05" in words(svg)


@given(st.floats(1e-300, 1e300))
def test_a_scale_holds_the_highest_in_a_few_steps(highest: float) -> None:
    top, step = axis(highest)

    assert top >= highest * (1 - 1e-12)
    assert 2 <= round(top / step) <= 7
