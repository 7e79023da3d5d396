"""diff, check and approve on a real repository of git."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assay.cli.__main__ import app
from assay.cli.errors import CommandError
from tests.unit.contracts.diff.bookings import BOOKINGS, changed

BREAK = ("{value: VOID}", "{value: VOID}, {value: LOST}")
RAISED = ("version: 1.2.0", "version: 2.0.0")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A contract that was committed, in a repository that the test works in."""
    monkeypatch.chdir(tmp_path)
    contract = tmp_path / "contracts" / "bookings.odcs.yaml"
    contract.parent.mkdir()
    contract.write_text(BOOKINGS)
    git("init", "-q", "-b", "main")
    commit("dwh@example.org")
    return contract


def git(*arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments], check=True, capture_output=True
    )


def commit(author: str) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", "change", "--author", f"someone <{author}>")


def assay(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["contract", *arguments])
    if isinstance(result.exception, Exception) and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def check(*arguments: str) -> tuple[int, str]:
    return assay("check", "contracts", "--against", "git:HEAD", *arguments)


def approve(consumer: str, *arguments: str) -> tuple[int, str]:
    return assay(
        "approve",
        "contracts/bookings.odcs.yaml",
        "--as",
        consumer,
        "--reason",
        "fine",
        "--against",
        "git:HEAD",
        *arguments,
    )


def test_diff_reads_files_and_revisions(file: Path) -> None:
    file.write_bytes(changed(BREAK))

    code, said = assay("diff", "HEAD:contracts/bookings.odcs.yaml", str(file), "--json")

    found = json.loads(said)
    assert (code, found["bump"], found["raised"]) == (0, "major", "none")
    assert found["changes"][0]["class"] == "breaking-wire"
    assert found["changes"][0]["approvers"] == ["fraud", "dwh", "sales"]
    assert '"LOST"' in found["changes"][0]["breaks"][0]["document"]


@pytest.mark.parametrize("source", ["nothing", "HEAD:nothing"])
def test_what_is_no_contract_to_compare_is_wrong_usage(file: Path, source: str) -> None:
    assert assay("diff", source, str(file))[0] == 2


def test_a_revision_that_is_not_there_says_so(file: Path) -> None:
    with pytest.raises(CommandError, match="no revision 'nowhere'"):
        assay("check", str(file), "--against", "git:nowhere")
    with pytest.raises(CommandError, match="no revision '--help'"):
        assay("check", str(file), "--against", "git:--help")


def test_a_break_is_refused_until_it_is_raised_and_approved(file: Path) -> None:
    assert check()[0] == 0
    file.write_bytes(changed(BREAK))
    assert check()[0] == 1
    file.write_bytes(changed(BREAK, RAISED))
    assert (approve("fraud")[0], check()[0]) == (0, 1)
    assert (approve("dwh")[0], check()[0]) == (0, 0)
    assert "UNVERIFIED" in check()[1]
    assert check("--verified")[0] == 1


def test_the_author_of_a_commit_is_weak_evidence(file: Path) -> None:
    file.write_bytes(changed(BREAK, RAISED))
    approve("fraud")
    approve("dwh")
    commit("dwh@example.org")

    approvals = json.loads(assay("check", "contracts", "--against", "git:HEAD^", "--json")[1])["contracts"][0][
        "approvals"
    ]

    assert {each["approver"]: each["evidence"] for each in approvals} == {
        "fraud": "UNVERIFIED",
        "dwh": "UNVERIFIED, committed by an approver",
    }


def test_one_change_can_be_approved_alone(file: Path) -> None:
    file.write_bytes(changed(BREAK, RAISED, ("value: 400", "value: 7")))

    approve("fraud", "--path", "slaProperties/retention/value")

    assert "the approval of fraud does not cover schema/properties/state/enum/LOST" in check()[1]


def test_nobody_approves_what_does_not_concern_them(file: Path) -> None:
    file.write_bytes(changed(("OrEqualTo: 2", "OrEqualTo: 60"), ("version: 1.2.0", "version: 1.3.0")))

    with pytest.raises(CommandError, match="asked are dwh"):
        approve("fraud")


@pytest.mark.parametrize("until", ["2020-01-01", "2999-01-01", "soon", "2026-13-01"])
def test_an_approval_ends_within_a_year(file: Path, until: str) -> None:
    file.write_bytes(changed(BREAK, RAISED))

    assert approve("fraud", "--until", until)[0] == 2


def test_a_file_that_is_gone_is_refused_and_can_be_approved(file: Path) -> None:
    (file.parent / "seats.odcs.yaml").write_text(BOOKINGS.replace("id: bookings", "id: seats"))
    commit("t@example.org")
    file.unlink()

    assert check()[0] == 1
    approve("fraud")
    approve("dwh")
    assert check()[0] == 0


def test_a_contract_that_moved_is_the_same(file: Path) -> None:
    file.rename(file.with_name("renamed.odcs.yaml"))

    assert check() == (0, "contract bookings 1.2.0: unchanged\n")


def test_findings_are_in_the_comment(file: Path, tmp_path: Path) -> None:
    file.write_text(BOOKINGS.replace("status: active", "staus: active"))

    result = CliRunner().invoke(app, ["contract", "check", "contracts", "--against", "git:HEAD", "--markdown", "c.md"])

    assert result.exit_code == 1
    assert "did you mean" in (tmp_path / "c.md").read_text()


def test_codeowners_are_written_for_paths_of_the_repository(file: Path, tmp_path: Path) -> None:
    check("--codeowners", "CODEOWNERS")

    assert "/contracts/bookings.odcs.yaml @ana dwh@example.org" in (tmp_path / "CODEOWNERS").read_text()


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="NOT PROVED: signatures of commits need ssh-keygen")
def test_a_signed_commit_proves_an_approval(file: Path, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    public = (tmp_path / "key.pub").read_text()
    (tmp_path / "signers").write_text(f"dwh@example.org {public}")
    for name, value in (("gpg.format", "ssh"), ("user.signingkey", str(tmp_path / "key")), ("commit.gpgsign", "true")):
        git("config", name, value)
    git("config", "gpg.ssh.allowedSignersFile", str(tmp_path / "signers"))
    (tmp_path / ".gitignore").write_text("key*\nsigners\n")
    file.write_bytes(changed(("OrEqualTo: 2", "OrEqualTo: 60"), ("version: 1.2.0", "version: 1.3.0")))
    approve("dwh")
    commit("somebody@example.org")

    code, said = assay("check", "contracts", "--against", "git:HEAD^", "--verified")

    assert (code, "approval of dwh: SIGNED" in said) == (0, True)


def test_an_approval_that_was_edited_after_its_commit_has_no_witness(file: Path, tmp_path: Path) -> None:
    file.write_bytes(changed(("OrEqualTo: 2", "OrEqualTo: 60"), ("version: 1.2.0", "version: 1.3.0")))
    approve("dwh")
    commit("dwh@example.org")
    (written,) = (file.parent / "approvals").iterdir()
    written.write_text(written.read_text().replace("reason: fine", "reason: really fine"))

    assert "approval of dwh: UNVERIFIED, by" in assay("check", "contracts", "--against", "git:HEAD^")[1]


def test_versions_of_the_main_line_count_where_compatibility_is_transitive(file: Path) -> None:
    moded = (
        "  - {property: assay.eventTime",
        "  - {property: assay.compatibility, value: FORWARD_TRANSITIVE}\n  - {property: assay.eventTime",
    )
    tighter = ("minimum: 0", "minimum: 5")
    for edits in ((moded, tighter, ("1.2.0", "1.3.0")), (moded, ("1.2.0", "1.4.0"))):
        file.write_bytes(changed(*edits))
        commit("t@example.org")
    file.write_bytes(changed(moded, ("maximum: 100000", "maximum: 90000"), ("1.2.0", "1.5.0")))

    found = json.loads(check("--json")[1])["contracts"][0]

    assert found["class"] == "breaking-wire"
    assert "against version 1.3.0" in str([each["breaks"] for each in found["changes"]])
