"""Copies of the registry on a person's side: a backup is checked, an export is stable and leads nowhere else."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.cli.backup_file import rows_of
from assay.cli.caller import caller
from assay.cli.errors import CommandError
from assay.cli.export_tree import write_tree

ORDERS = {
    "id": 1,
    "contract": "orders",
    "version": "1.0.0",
    "text": {"base64": "YQo="},
    "revision": 1,
    "retired": False,
}
SUBJECT = {"subject": "../../etc/passwd", "version": 3, "schema": '"string"', "revision": 9}

KEYS = {"contract_versions": ["id"], "subjects": ["subject", "version"], "audit": ["number"]}


def backup(file: Path, *rows: tuple[str, dict[str, object]]) -> Path:
    head: dict[str, object] = {"format": "assay.registry.backup/1", "step": "1", "made_ms": 0, "keys": KEYS}
    lines = [line(head), *(line({"table": table, "row": row}) for table, row in rows)]
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    file.write_bytes(gzip.compress(b"".join([*lines, line({"sha256": digest, "rows": len(rows)})])))
    return file


def line(value: dict[str, object]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_export_has_contracts_as_published_and_every_other_table_by_row(tmp_path: Path) -> None:
    copy = backup(tmp_path / "b", ("contract_versions", ORDERS), ("subjects", SUBJECT), ("audit", {"number": 1}))
    count = write_tree(tmp_path / "out", copy)

    files = tree(tmp_path / "out")
    assert count == len(files) == 5
    assert files["contracts/orders/1.0.0.odcs.yaml"] == b"a\n"
    assert files["subjects/%2E.%2F..%2Fetc%2Fpasswd/3.schema"] == b'"string"'
    assert json.loads(files["contracts/orders/versions.json"]) == [{"id": 1, "retired": False, "version": "1.0.0"}]


def test_export_again_changes_no_byte_and_drops_what_is_gone(tmp_path: Path) -> None:
    both = backup(tmp_path / "b", ("contract_versions", ORDERS), ("subjects", SUBJECT))
    write_tree(tmp_path / "out", both)
    before = tree(tmp_path / "out")
    (tmp_path / "out" / ".git").mkdir()
    (tmp_path / "out" / ".git" / "HEAD").write_text("ref")
    write_tree(tmp_path / "out", both)
    again = tree(tmp_path / "out")
    write_tree(tmp_path / "out", backup(tmp_path / "b", ("contract_versions", ORDERS)))

    assert again == before | {".git/HEAD": b"ref"}
    assert [name for name in tree(tmp_path / "out") if name.startswith("subjects")] == []


def test_export_leaves_a_folder_of_others_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CommandError, match="holds what no export wrote"):
        write_tree(tmp_path, backup(tmp_path / "b"))

    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@given(st.lists(st.text(max_size=200), min_size=2, max_size=6, unique=True))
def test_rows_of_any_name_stay_in_the_folder_and_apart(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("export")
    rows: list[tuple[str, dict[str, object]]] = [("subjects", {"subject": name, "version": 1}) for name in names]
    write_tree(folder / "out", backup(folder / "b", *rows))

    assert len(tree(folder / "out" / "subjects")) == len(names)
    assert sorted(entry.name for entry in folder.iterdir()) == ["b", "out"]


@pytest.mark.parametrize("length", [1, 40, 100])
def test_backup_that_was_cut_is_refused(tmp_path: Path, length: int) -> None:
    copy = backup(tmp_path / "b", ("subjects", SUBJECT))
    copy.write_bytes(copy.read_bytes()[:length])
    with pytest.raises(CommandError, match="no whole backup"):
        list(rows_of(copy))


def test_backup_that_was_changed_is_refused(tmp_path: Path) -> None:
    copy = backup(tmp_path / "b", ("subjects", SUBJECT))
    copy.write_bytes(gzip.compress(gzip.decompress(copy.read_bytes()).replace(b"passwd", b"shadow")))
    with pytest.raises(CommandError, match="checksum"):
        list(rows_of(copy))


def test_ci_is_taken_at_its_word_for_who_calls() -> None:
    found = caller({"GITHUB_ACTOR": "ana", "GITHUB_SHA": "0123abc"})

    assert (found.name, found.commit) == ("ana", "0123abc")


def test_person_may_say_who_calls() -> None:
    assert caller({"ASSAY_ACTOR": "ana of checkout", "GITHUB_ACTOR": "bot"}).name == "ana of checkout"
