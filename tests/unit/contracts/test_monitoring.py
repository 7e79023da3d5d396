"""`assay.monitoring`: how a model is watched is read, linted, and compared."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from assay.contracts import lint, lint_together, load
from assay.contracts.analytical import contracts_of
from assay.contracts.diff import ChangeClass, diff
from assay.contracts.monitoring import Metric, Monitoring
from tests.unit.contracts.analytical.churn import CHURN, RANKING, ROWS

PREDICTIONS = "churn.predictions.odcs.yaml"
WATCHED = replace(CHURN, window="PT6H", hop="PT1H", reference_rows=5000)
RETURNED = "{name: returned, numerator: 'outcome:return', control: old, shares: {old: 0.5, new: 0.5}}"
VISITS = RETURNED.replace("outcome:return", "sessions")
LONG = RETURNED.replace("outcome:return", "session:length")


def said(value: str, text: str = contracts_of(CHURN)[PREDICTIONS]) -> bytes:
    """A contract of predictions that says this of how its model is watched."""
    document = yaml.safe_load(text)
    listed = [each for each in document["customProperties"] if each["property"] != "assay.monitoring"]
    document["customProperties"] = [*listed, {"property": "assay.monitoring", "value": yaml.safe_load(value)}]
    return yaml.safe_dump(document, sort_keys=False).encode()


def findings(value: str, text: str = contracts_of(CHURN)[PREDICTIONS]) -> list[str]:
    return [finding.message for finding in lint(said(value, text))]


def test_a_contract_that_does_not_say_is_watched_as_usual() -> None:
    assert load(contracts_of(CHURN)[PREDICTIONS].encode()).monitoring == Monitoring()


def test_what_is_said_is_read() -> None:
    value = (
        "{window: P1D, hop: PT6H, lateness: PT2H, horizon: P14D, falseRaises: 0.5, minCoverage: 0.8,"
        " referenceRows: 20000, segments: [variant, plan], metrics: [{name: revenue, numerator: 'outcome:purchase',"
        " denominator: 'action:shown', ofValue: true, control: old, shares: {old: 0.9, new: 0.1},"
        " plannedUsers: 40000, alpha: 0.01}], pairs: false}"
    )

    read = load(said(value)).monitoring

    metric = Metric(
        "revenue", "outcome:purchase", "action:shown", "old", (("new", 0.1), ("old", 0.9)), True, 40_000, 0.01
    )
    assert read == Monitoring(
        86_400, 21_600, 7_200, 14 * 86_400, 0.5, 0.8, 20_000, ("variant", "plan"), (metric,), pairs=False
    )
    assert read.pane_s == 3600


def test_metrics_of_sessions_are_read_with_their_gap() -> None:
    asked = [
        VISITS,
        LONG.replace("returned", "long")[:-1] + ", denominator: sessions}",
        f"{RETURNED.replace('returned', 'plain')}",
    ]

    read = load(said(f"{{sessionGap: PT20M, metrics: [{', '.join(asked)}]}}")).monitoring

    assert read.session_gap_s == 1200
    assert [each.name for each in read.session_metrics] == ["returned", "long"]


@pytest.mark.parametrize("below", ["users", "sessions"])
def test_the_length_of_sessions_is_told_by_user_or_by_session(below: str) -> None:
    assert findings(f"{{metrics: [{LONG[:-1]}, denominator: {below}}}]}}") == []


def test_scales_are_read_as_they_stand_and_none_is_none() -> None:
    assert load(said("{window: PT1H, scales: [PT6H, P1D]}")).monitoring.scales_s == (6 * 3600, 86_400)
    assert load(said("{window: PT1H}")).monitoring.scales_s == ()
    assert findings("{window: PT1H, hop: PT15M, scales: [PT6H, P7D]}") == []


def test_a_ranking_says_how_many_places_are_looked_at() -> None:
    text = contracts_of(RANKING)[PREDICTIONS]

    assert findings("{rankingCutoff: 20}", text) == []
    assert load(said("{rankingCutoff: 20}", text)).monitoring.ranking_cutoff == 20
    changes = diff(said("{rankingCutoff: 20}", text), said("{rankingCutoff: 5}", text))
    assert {each.kind for each in changes} == {ChangeClass.REVIEW}


def test_a_whole_number_is_written_as_one() -> None:
    text = contracts_of(RANKING)[PREDICTIONS]

    assert findings("{rankingCutoff: 10.0}", text) == ["'rankingCutoff' is a whole number; write 10, not 10.0"]
    assert findings("{falseRaises: 2.0}") == []


def test_windows_may_be_of_seconds() -> None:
    assert load(said("{window: PT500S}")).monitoring.pane_s == 100


def test_windows_follow_one_another_where_no_hop_is_said() -> None:
    assert load(said("{window: PT6H}")).monitoring.hop_s == 6 * 3600


def test_a_model_that_is_made_to_be_watched_says_so_in_its_predictions_alone() -> None:
    texts = contracts_of(WATCHED)

    watched = load(texts[PREDICTIONS].encode()).monitoring

    assert (watched.window_s, watched.hop_s, watched.reference_rows, watched.horizon_s) == (
        6 * 3600,
        3600,
        5000,
        30 * 86_400,
    )
    assert [name for name, text in texts.items() if "assay.monitoring" in text] == [PREDICTIONS]
    assert lint_together({name: text.encode() for name, text in texts.items()}) == []


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("{window: 1h}", "a duration like PT1H, PT90S or P7D"),
        ("{window: PT30S}", "a window is PT1M long at least"),
        ("{window: PT61S}", "summed of stretches of 1 s; write multiples of 10 s"),
        ("{window: P32D}", "a window is PT1M long at least, and P31D at most"),
        ("{window: PT1H, hop: PT7M}", "a hop that the window is a multiple of"),
        ("{window: PT1H, hop: PT2H}", "a hop that the window is a multiple of"),
        ("{window: P7D, hop: PT1M}", "stretches of 60 s, 10,080 here and 1,500 at most"),
        ("{window: PT6H, scales: [PT9H]}", "a scale is a multiple of the window before it"),
        ("{window: PT6H, scales: [PT6H]}", "a scale is a multiple of the window before it"),
        ("{window: PT6H, scales: [PT12H, PT18H]}", "a scale is a multiple of the scale before it"),
        ("{window: P1D, scales: [P40D]}", "a scale is P31D long at most"),
        ("{window: PT1M, scales: [PT1H, P7D]}", "stretches of 60 s, 10,080 here and 1,500 at most"),
        ("{window: PT1H, scales: [PT6H, P1D, P7D]}", "scales"),
        ("{window: PT1H, scales: [6h]}", "a duration like PT1H, PT90S or P7D"),
        ("{horizon: P31D}", "(32 days) are longer than validated records are kept (P31D)"),
        ("{lateness: P2D}", "(32 days) are longer than validated records are kept (P31D)"),
        ("{horizon: PT2H, lateness: PT3H}", "forgotten already; shorten the lateness"),
        ("{falseRaises: 0}", "falseRaises"),
        ("{minCoverage: 1.5}", "minCoverage"),
        ("{rankingCutoff: 0}", "rankingCutoff"),
        ("{referenceRows: 1e3}", "'referenceRows' is a whole number; write 1000, not 1000.0"),
        (f"{{metrics: [{RETURNED[:-1]}, plannedUsers: 100.0}}]}}", "write 100, not 100.0"),
        ("{rankingCutoff: 5}", "only lists have first places, and the model is binary; leave it out"),
        ("{segments: [varient]}", "there is no segment 'varient'; did you mean 'variant'?"),
        ("{segments: [age]}", "the feature 'age' is of type integer; segments are told apart by text"),
        ("{every: PT1H}", "every"),
        ("{pairs: 64}", "pairs"),
        (f"{{metrics: [{RETURNED}, {RETURNED}]}}", "the metric 'returned' is here twice"),
        (f"{{metrics: [{RETURNED.replace('new: 0.5', 'new: 0.4')}]}}", "add up to 0.9; make it 1"),
        (f"{{metrics: [{RETURNED.replace('control: old', 'control: odd')}]}}", "the control 'odd' has no share"),
        (f"{{metrics: [{RETURNED.replace('outcome:return', 'returns')}]}}", "outcome:NAME, action:NAME, sessions or"),
        (f"{{metrics: [{RETURNED.replace('outcome:', 'action:')[:-1]}, ofValue: true}}]}}", "actions have no value"),
        (f"{{metrics: [{RETURNED[:-1]}, denominator: 'outcome:return'}}]}}", "always 1; name another denominator"),
        (f"{{metrics: [{RETURNED[:-1]}, denominator: people}}]}}", "outcome:NAME, action:NAME, users or sessions"),
        (f"{{metrics: [{VISITS[:-1]}, denominator: sessions}}]}}", "always 1; name another denominator"),
        (
            f"{{metrics: [{VISITS[:-1]}, denominator: 'action:shown'}}]}}",
            "sessions is told by user, not over action:shown",
        ),
        (f"{{metrics: [{VISITS[:-1]}, ofValue: true}}]}}", "sessions has no value; count outcomes"),
        (
            f"{{metrics: [{LONG[:-1]}, denominator: 'outcome:return'}}]}}",
            "session:length is told by user, or by session",
        ),
        ("{sessionGap: PT10M}", "no metric asks for sessions"),
        (f"{{sessionGap: P2D, metrics: [{VISITS}]}}", "after a day without activity at the latest"),
        (f"{{sessionGap: 30, metrics: [{VISITS}]}}", "sessionGap"),
    ],
)
def test_what_can_not_be_done_is_a_finding(value: str, says: str) -> None:
    assert any(says in message for message in findings(value)), findings(value)


def test_a_model_is_watched_by_its_predictions_alone() -> None:
    labels = contracts_of(CHURN)["churn.labels.odcs.yaml"]

    assert "a model is watched by its contract of predictions" in findings("{window: PT1H}", labels)[0]


def test_the_values_of_a_classified_feature_are_no_segment() -> None:
    first, city, *rest = CHURN.features.features
    features = type(CHURN.features)((first, replace(city, classification="restricted"), *rest))
    text = contracts_of(replace(CHURN, features=features))[PREDICTIONS]

    assert "'city' is restricted, and the values of segments are shown" in findings("{segments: [city]}", text)[0]


def test_a_feature_of_another_contract_is_looked_for_there() -> None:
    texts = contracts_of(ROWS)
    family = {name: text.encode() for name, text in texts.items()}

    assert findings("{segments: [plan]}", texts[PREDICTIONS]) == []
    assert lint_together(family | {PREDICTIONS: said("{segments: [plan]}", texts[PREDICTIONS])}) == []
    (found,) = lint_together(family | {PREDICTIONS: said("{segments: [plans]}", texts[PREDICTIONS])})
    assert found.message == "there is no segment 'plans'; did you mean 'plan'?"


def test_labels_are_kept_for_as_long_as_they_are_waited_for() -> None:
    texts = contracts_of(CHURN)
    labels = "churn.labels.odcs.yaml"
    family = {name: text.encode() for name, text in texts.items()}
    family |= {PREDICTIONS: said("{horizon: P30D}"), labels: texts[labels].replace("P31D", "P7D").encode()}

    (found,) = lint_together(family)

    assert found.file == labels
    assert "horizon and lateness together (31 days), than this is kept (P7D)" in found.message


def test_what_is_usual_is_held_to_how_long_records_are_kept_too() -> None:
    texts = {name: text.replace("P31D", "P30D").encode() for name, text in contracts_of(CHURN).items()}

    (found,) = lint(texts[PREDICTIONS])
    assert "(31 days) are longer than validated records are kept (P30D)" in found.message
    assert {each.file for each in lint_together(texts)} == {*texts} - {PREDICTIONS}


def test_a_contract_of_features_need_not_name_them() -> None:
    texts = {name: text.encode() for name, text in contracts_of(ROWS).items()}
    vectors = yaml.safe_load(texts["churn.features.odcs.yaml"])
    for each in vectors["customProperties"]:
        if each["property"] == "assay.model":
            del each["value"]["features"]
    texts["churn.features.odcs.yaml"] = yaml.safe_dump(vectors, sort_keys=False).encode()

    assert lint_together(texts | {PREDICTIONS: said("{segments: [variant]}", contracts_of(ROWS)[PREDICTIONS])}) == []
    (found,) = lint_together(texts | {PREDICTIONS: said("{segments: [plan]}", contracts_of(ROWS)[PREDICTIONS])})
    assert "there is no segment 'plan'" in found.message


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (ChangeClass.REVIEW, "{window: PT1H}", "{window: PT2H}"),
        (ChangeClass.REVIEW, "{window: PT2H}", "{window: PT2H, hop: PT30M}"),
        (ChangeClass.REVIEW, "{window: PT1H}", "{window: PT1H, scales: [PT6H]}"),
        (ChangeClass.REVIEW, "{window: PT1H, scales: [PT6H, P1D]}", "{window: PT1H, scales: [PT6H]}"),
        (ChangeClass.REVIEW, "{horizon: P9D}", "{horizon: P8D}"),
        (ChangeClass.REVIEW, f"{{metrics: [{RETURNED}]}}", f"{{metrics: [{RETURNED.replace('0.5', '0.50')[:-1]}, alpha: 0.01}}]}}"),
        (ChangeClass.REVIEW, f"{{metrics: [{VISITS}]}}", f"{{sessionGap: PT20M, metrics: [{VISITS}]}}"),
        (ChangeClass.REVIEW, "{segments: [variant, plan]}", "{segments: [variant]}"),
        (ChangeClass.HARMLESS, "{segments: [variant]}", "{segments: [plan, variant]}"),
        (ChangeClass.HARMLESS, "{falseRaises: 2}", "{falseRaises: 0.1}"),
        (ChangeClass.HARMLESS, "{referenceRows: 100}", "{referenceRows: 200}"),
        (ChangeClass.HARMLESS, "{minCoverage: 0.4}", "{minCoverage: 0.6}"),
        (ChangeClass.REVIEW, "{window: PT1H}", "{window: PT1H, pairs: false}"),
        (ChangeClass.HARMLESS, "{window: PT1H, pairs: false}", "{window: PT1H}"),
    ],
)  # fmt: skip
def test_a_change_of_how_it_is_watched_has_its_class(kind: ChangeClass, before: str, after: str) -> None:
    assert {each.kind for each in diff(said(before), said(after))} == {kind}
