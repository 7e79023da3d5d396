"""Runs the cases at the sizes that issues state, and writes what came of it to docs/evidence/."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "evidence"
SEED = 2013
CASE_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Case:
    """A command that proves something when it ends with 0."""

    name: str
    size: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case at a revision; `last_line` is the end of its output: a summary, or the reason of a failure."""

    revision: str
    name: str
    size: str
    ok: bool
    seconds: float
    last_line: str


def tests(name: str, folder: str, records: int) -> Case:
    """Return the tests of a folder as a case of that many records."""
    command = (sys.executable, "-m", "pytest", folder, "--timeout", "1800")
    return Case(name, f"{records:,} records", command, {"ASSAY_TEST_RECORDS": str(records)})


CHAOS = (sys.executable, "tests/chaos/long.py", "--seed", str(SEED))
HOSTILE = (sys.executable, "-m", "pytest", "tests/conformance/judges/test_fuzz.py", "--timeout", "1800")

ISSUE_2 = (
    Case("the README's first command in a fresh clone", "51,955 flights", (sys.executable, "tests/fresh_clone.py")),
    Case(
        "demo of the whole year",
        "336,776 flights",
        (sys.executable, "-m", "assay.cli", "demo", "--full", "--json", "--broker", "kafka"),
    ),
    tests("validation killed 5 times, frozen and joined", "tests/integration/validation", 120_000),
    tests("archiver killed 5 times, frozen and joined", "tests/integration/warehouse", 60_000),
)
ISSUE_3 = (
    Case("workers killed, frozen, cut off and refused", "1,000,000 records, 100 kills, 20 zombies", CHAOS),
    Case("hostile input", "2,000,000 inputs", HOSTILE, {"ASSAY_TEST_INPUTS": "2000000"}),
)
ISSUE_4 = (
    Case(
        "registry held to a model, with kill -9",
        "10,000 steps",
        (sys.executable, "-m", "pytest", "tests/integration/registry/test_state_machine.py", "--timeout", "1800"),
        {"ASSAY_TEST_STEPS": "10000"},
    ),
    Case(
        "requests from the registry's OpenAPI document",
        "5,000 requests",
        (sys.executable, "-m", "pytest", "tests/integration/registry/test_openapi.py", "--timeout", "1800"),
        {"ASSAY_TEST_REQUESTS": "5000"},
    ),
)
ISSUE_5 = (
    Case(
        "histories of recovery held to a model, services killed, frozen, without their index",
        "5,000 histories",
        (sys.executable, "-m", "pytest", "tests/integration/recovery/test_histories.py", "--timeout", "1800"),
        {"ASSAY_TEST_HISTORIES": "5000"},
    ),
    Case(
        "recovery killed 20 times at its work",
        "1,000,000 dead letters",
        (sys.executable, "-m", "pytest", "tests/integration/recovery/test_bench.py", "--timeout", "3500"),
        {"ASSAY_TEST_DEAD": "1000000", "ASSAY_TEST_KILLS": "20"},
    ),
)
ISSUE_6 = (
    Case(
        "alerts killed in a storm of breaches",
        "100 kills, 200 breaches",
        (sys.executable, "-m", "pytest", "tests/integration/alerts/test_channels.py", "--timeout", "3000"),
        {"ASSAY_TEST_KILLS": "100"},
    ),
    Case(
        "alerts killed while windows close and break their promises",
        "100 kills, 2,460 windows",
        (sys.executable, "-m", "pytest", "tests/integration/alerts/test_storm.py", "--timeout", "3500"),
        {"ASSAY_TEST_KILLS": "100"},
    ),
)
ISSUE_7 = (
    Case(
        "streams without drift raise within the budget: normal, lognormal, Zipf, AR(1) of 0.9; a shift is found",
        "50 features, 2,000 windows of 2,000 rows each",
        (sys.executable, "-m", "pytest", "tests/unit/monitoring/test_streams.py", "--timeout", "1800"),
        {"ASSAY_TEST_WINDOWS": "2000"},
    ),
    Case(
        "windows of three lengths at once: streams without drift raise within the budget, an eighth of a deviation is found",
        "50 features, 2,000 windows of 2,000 rows each; 30 times 60 windows of 500 rows",
        (sys.executable, "-m", "pytest", "tests/unit/monitoring/test_scales.py", "--timeout", "3600"),
        {"ASSAY_TEST_WINDOWS": "2000", "ASSAY_TEST_SCALE_TRIALS": "30"},
    ),
    Case(
        "streams with a day and a week in them raise within the budget; a shift that the season hides is found",
        "10 features, up to 2,000 windows of 120 to 1,440 rows each",
        (sys.executable, "-m", "pytest", "tests/unit/monitoring/test_seasons.py", "--timeout", "1800"),
        {"ASSAY_TEST_SEASON_WINDOWS": "2000", "ASSAY_TEST_SEASON_FEATURES": "10"},
    ),
    Case(
        "A/B tests of no effect, and assignments without a mismatch",
        "1,000 tests of each metric, 100 looks at each",
        (sys.executable, "-m", "pytest", "tests/unit/monitoring/experiments/test_peeking.py", "--timeout", "1800"),
        {"ASSAY_TEST_EXPERIMENTS": "1000"},
    ),
    Case(
        "correlations that do not drift, of rows that remember and of others",
        "2,000 windows of each",
        (sys.executable, "-m", "pytest", "tests/unit/monitoring/multivariate/test_pairs.py", "--timeout", "1800"),
        {"ASSAY_TEST_PAIR_WINDOWS": "2000"},
    ),
    Case(
        "pairs of features that do not drift raise within the budget in the stream, of rows that remember and of others",
        "2,000 windows of each",
        (sys.executable, "-m", "pytest", "tests/unit/drift/judging/test_pairs.py", "--timeout", "1800"),
        {"ASSAY_TEST_PAIR_WINDOWS": "2000"},
    ),
    Case(
        "models whose labels mean what they meant, with scores of four shapes, fire no more often than is promised",
        "2,000 windows of 100, 500 and 2,000 rows of each",
        (sys.executable, "-m", "pytest", "tests/unit/monitoring/concept/test_calm.py", "--timeout", "1800"),
        {"ASSAY_TEST_WINDOWS": "2000"},
    ),
    *(
        Case(
            f"car loan as a stream of four partitions, windows of {rows:,} rows",
            "50,000 rows, out of order, a tenth twice, three kills",
            (sys.executable, "-m", "pytest", "tests/integration/drift/test_same_verdicts.py", "--timeout", "1800"),
            {"ASSAY_TEST_DRIFT_WINDOW": str(rows)},
        )
        for rows in (500, 1_000, 2_000, 5_000)
    ),
    *(
        Case(
            f"SEA as a stream of four partitions with late labels, windows of {rows:,} rows",
            "35,000 rows and labels, out of order, some twice or wrong at first, two kills",
            (sys.executable, "-m", "pytest", "tests/integration/drift/test_sea.py", "--timeout", "1800"),
            {"ASSAY_TEST_DRIFT_WINDOW": str(rows)},
        )
        for rows in (500, 1_000, 2_000, 5_000)
    ),
)
ISSUES = {2: ISSUE_2, 3: ISSUE_3, 4: ISSUE_4, 5: ISSUE_5, 6: ISSUE_6, 7: ISSUE_7}


def run(case: Case, at: str) -> Outcome:
    """Run a case to its end, an hour at most; its errors go to our stderr as they come, and all it said if it fails."""
    started_s = time.monotonic()
    try:
        done = subprocess.run(
            case.command,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(SEED), **case.env},
            stdout=subprocess.PIPE,
            text=True,
            timeout=CASE_S,
            check=False,
        )
        ok, output = done.returncode == 0, done.stdout
    except subprocess.TimeoutExpired:
        ok, output = False, f"not done after {CASE_S:.0f} s"
    if not ok:
        sys.stderr.write(output)
    lines = output.strip().splitlines() or [""]
    return Outcome(at, case.name, case.size, ok, round(time.monotonic() - started_s, 1), lines[-1])


def revision() -> str:
    """Return the commit that is checked out, marked where files differ from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return described.stdout.strip()


def keep(issue: int, outcomes: Sequence[Outcome]) -> None:
    """Write what came of the cases; those of the issue that were not run now stay as they were, with their revision."""
    file = EVIDENCE / f"issue-{issue}.json"
    before = json.loads(file.read_text()) if file.exists() else {"cases": []}
    kept = {each["name"]: {"revision": before.get("revision", "")} | each for each in before["cases"]}
    kept |= {each.name: asdict(each) for each in outcomes}
    cases = [kept[case.name] for case in ISSUES[issue] if case.name in kept]
    EVIDENCE.mkdir(exist_ok=True)
    file.write_text(json.dumps({"seed": SEED, "cores": os.cpu_count(), "cases": cases}, indent=2) + "\n")


def main() -> None:
    """Run the chosen cases and exit 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issue", type=int, choices=ISSUES, default=max(ISSUES), help="the issue whose cases are run")
    parser.add_argument(
        "--only",
        metavar="WORD",
        default="",
        help="run the cases whose name holds the word; the others stay as they were",
    )
    asked = parser.parse_args()
    at = revision()
    outcomes = []
    for case in (case for case in ISSUES[asked.issue] if asked.only in case.name):
        sys.stderr.write(f"long: {case.name}, {case.size}\n")
        outcomes.append(run(case, at))
        sys.stderr.write(f"long: {'ok' if outcomes[-1].ok else 'FAILED'} after {outcomes[-1].seconds} s\n")
    keep(asked.issue, outcomes)
    sys.exit(not all(outcome.ok for outcome in outcomes))


if __name__ == "__main__":
    main()
