"""Pieces of the life in git: reviews, owners, comments, the last version, the place to apply to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.cli.errors import CommandError
from assay.cli.life.farewell import farewell
from assay.cli.life.markdown import comment
from assay.cli.life.owners import codeowners
from assay.cli.life.reviews import approving, read_reviews
from assay.cli.life.target import Target, target_of
from assay.contracts import load
from assay.contracts.diff import Papers, Witness, check_versions
from tests.unit.contracts.diff.bookings import BOOKINGS, changed

BEFORE = load(BOOKINGS.encode())


def review(account: str, state: str, commit: str = "c1") -> dict[str, object]:
    return {"user": {"login": account}, "state": state, "commit_id": commit}


def standing(tmp_path: Path, text: str) -> set[str]:
    (tmp_path / "reviews.json").write_text(text)
    return set(approving(read_reviews(tmp_path / "reviews.json")))


def test_the_last_review_that_decides_stands(tmp_path: Path) -> None:
    reviews = [
        review("Omar", "APPROVED"), review("omar", "COMMENTED"), review("eva", "APPROVED"),
        review("eva", "CHANGES_REQUESTED"), review("ines", "APPROVED"), review("ines", "DISMISSED"),
    ]  # fmt: skip

    assert standing(tmp_path, json.dumps(reviews)) == {"omar"}


def test_reviews_are_read_in_every_form_in_which_github_tells_of_them(tmp_path: Path) -> None:
    one, two = json.dumps([review("omar", "APPROVED")]), json.dumps([review("eva", "APPROVED")])
    view = json.dumps({"reviews": [{"author": {"login": "ana"}, "state": "APPROVED", "commit": {"oid": "c"}}]})
    event = json.dumps({"action": "submitted", "review": review("ines", "approved")})

    assert standing(tmp_path, one + two) == {"omar", "eva"}
    assert standing(tmp_path, f"[{one},{two}]") == {"omar", "eva"}
    assert standing(tmp_path, view) == {"ana"}
    assert standing(tmp_path, event) == {"ines"}
    assert standing(tmp_path, "[]") == set()


@pytest.mark.parametrize("text", ["{}", "nonsense", '[{"user": 1}]', '["a"]', "1"])
def test_what_are_no_reviews_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CommandError, match="no reviews"):
        standing(tmp_path, text)


def test_an_approval_belongs_to_the_consumer_that_gives_it() -> None:
    named = load(changed(('"#fraud", reads', '"#fraud", approvers: ["@omar", "@shop/fraud"], reads')))

    lines = codeowners([("contracts/bookings.odcs.yaml", named)]).splitlines()

    assert "/contracts/bookings.odcs.yaml @ana @omar @shop/fraud dwh@example.org" in lines
    assert "/contracts/approvals/bookings.*.fraud.approval.yaml @omar @shop/fraud" in lines


def test_a_consumer_whom_nobody_can_ask_is_named() -> None:
    assert "# nobody is known who answers for fraud" in codeowners([("a.odcs.yaml", BEFORE)])


def test_the_longer_id_has_the_last_word_on_whose_approval_a_file_is() -> None:
    named = ('"#fraud", reads', '"#fraud", approvers: ["@omar"], reads')
    near = ("{id: dwh, ", "{id: old.fraud, ")
    both = [
        ("b.odcs.yaml", load(changed(named, near, ("id: bookings", "id: bookings.eu")))),
        ("a.odcs.yaml", load(changed(named, near))),
    ]

    lines = [line for line in codeowners(both).splitlines() if line.startswith("/approvals")]

    assert [line.split()[0] for line in lines] == [
        "/approvals/bookings.*.fraud.approval.yaml", "/approvals/bookings.*.old.fraud.approval.yaml",
        "/approvals/bookings.eu.*.fraud.approval.yaml", "/approvals/bookings.eu.*.old.fraud.approval.yaml",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["ana\n* @mallory", "ana @mallory", "#ana"])
def test_a_name_of_the_team_becomes_no_line_of_codeowners(name: str) -> None:
    evil = load(changed(("username: ana", f"username: {json.dumps(name)}")))

    assert "mallory" not in codeowners([("a.odcs.yaml", evil)])


def test_a_file_whose_name_is_a_pattern_or_a_line_is_no_more_than_that_file() -> None:
    lines = codeowners([("a*/[b]\n* c.odcs.yaml", BEFORE)]).splitlines()

    assert "/a?/?b???\\ c.odcs.yaml @ana dwh@example.org" in lines


def test_nothing_that_a_contract_says_is_markup_of_the_comment() -> None:
    evil = load(
        changed(
            ("name: Bookings", "name: '<img src=x> @everyone | **a** `b`'"), ("value: gold", "value: '</details>|'")
        )
    )
    text = comment([check_versions(BEFORE, evil, Papers((), lambda _: Witness(), "2026-01-01"))])

    assert "<img" not in text
    assert "@everyone" not in text
    assert "</details>|" not in text


def test_the_name_of_a_property_is_no_markup_where_its_break_is_shown() -> None:
    named = "name: " + json.dumps("a\n\n# hi @shop/team </summary>")
    before = load(changed(("name: channel", named)))
    after = load(changed(("name: channel, logicalType: string", f'{named[:-1]}", logicalType: integer')))
    text = comment([check_versions(before, after, Papers((), lambda _: Witness(), "2026-01-01"))])

    assert "<details>" in text
    assert "\n# hi" not in text
    assert "@shop" not in text[text.index("<summary>") : text.index("</summary>")]


def test_a_comment_of_very_many_breaks_is_no_longer_than_a_forge_takes_and_says_so() -> None:
    values = ", ".join(f"{{value: {'x' * 200}{number}}}" for number in range(400))
    after = load(changed(("{value: VOID}", f"{{value: VOID}}, {values}")))
    text = comment([check_versions(BEFORE, after, Papers((), lambda _: Witness(), "2026-01-01"))] * 3)

    assert len(text) < 65_536
    assert text.endswith("`assay contract check` says all of it\n")
    assert text.count("<details>") == text.count("</details>")


def test_the_comment_holds_the_document_that_breaks_and_what_is_missing() -> None:
    after = load(changed(("{value: VOID}", "{value: VOID}, {value: LOST}")))
    text = comment([check_versions(BEFORE, after, Papers((), lambda _: Witness(), "2026-01-01"))])

    assert '```json\n{"state": "LOST"' in text
    assert "- [ ] fraud has not approved" in text


def test_the_last_version_of_a_contract_says_that_it_is_retired() -> None:
    last = farewell(BEFORE)

    assert (last.id, last.version, last.status) == ("bookings", "1.2.1", "retired")


def test_a_file_whose_lines_can_not_be_replaced_is_refused() -> None:
    quoted = load(BOOKINGS.replace("version: 1.2.0", '"version": 1.2.0').encode())

    with pytest.raises(CommandError, match="status: retired"):
        farewell(quoted)


REGISTRIES = (
    ("environment: dev, ", "environment: dev, customProperties: [{property: assay.registry, value: 'r:1'}], "),
)


def test_a_server_says_where_contracts_go_and_options_overrule_it() -> None:
    named = load(changed(*REGISTRIES))

    assert target_of([named], "dev", None, None) == Target("r:1", "127.0.0.1:9092", "dev")
    assert target_of([named], "dev", "other:2", None).registry == "other:2"
    assert target_of([named], "prod", "p:3", None).broker == "a:9092,b:9092"


@pytest.mark.parametrize(
    ("server", "says"), [("test", "has no server 'test'; it has: dev, prod"), ("prod", "add assay.registry")]
)
def test_a_server_that_does_not_say_where_is_refused(server: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        target_of([load(changed(*REGISTRIES))], server, None, None)


def test_contracts_that_mean_different_places_are_applied_apart() -> None:
    here, there = (
        load(changed(*REGISTRIES)),
        load(changed(*REGISTRIES, ("127.0.0.1:9092", "else:9092"), ("id: bookings", "id: seats"))),
    )

    with pytest.raises(CommandError, match="apply them apart"):
        target_of([here, there], "dev", None, None)
