from __future__ import annotations

from dataclasses import replace

import pytest

from assay.alerts.breaches import Kind, Recipient, Role, Severity
from assay.alerts.routing.severity import assess
from assay.contracts import Contract, ServiceLevel
from tests.unit.alerts.routing.house import ERRORS, FREQUENCY, LATENCY, contract, measured, promise

MODEL = Recipient("delay-model", "", Role.CONSUMER, kind="model")
LAB = Recipient("lab", "", Role.CONSUMER, kind="notebook")


def bad(
    held: Contract | None, value: float = 21.0, *told: Recipient, promise: str = "p", kind: Kind = Kind.PROMISE
) -> Severity:
    return assess(held, measured(promise, value=value, kind=kind), told).severity


def test_promise_broken_a_little_is_info() -> None:
    assert bad(contract()) is Severity.INFO


def test_use_in_production_makes_it_worse() -> None:
    assert bad(contract(is_production=True)) is Severity.WARNING


def test_model_that_reads_it_makes_it_worse_and_a_notebook_does_not() -> None:
    assert bad(contract(), 21.0, MODEL) is Severity.WARNING
    assert bad(contract(), 21.0, LAB) is Severity.INFO


def test_twice_what_is_allowed_makes_it_worse() -> None:
    assert bad(contract(), 40.0) is Severity.WARNING
    assert bad(contract(), 39.9) is Severity.INFO


def test_broken_by_far_and_a_model_hit_is_critical() -> None:
    assert bad(contract(), 51.1, MODEL) is Severity.CRITICAL


@pytest.mark.parametrize(
    ("stated", "severity"),
    [
        ("info", Severity.INFO),
        ("Warning", Severity.WARNING),
        ("error", Severity.WARNING),
        ("critical", Severity.CRITICAL),
    ],
)
def test_quality_line_that_states_a_severity_begins_there(stated: str, severity: Severity) -> None:
    assert bad(contract(promises=(promise(severity=stated),))) is severity


def test_driver_moves_it() -> None:
    assert bad(contract(promises=(promise(driver="regulatory"),))) is Severity.WARNING
    assert bad(contract(promises=(promise(driver="operational"),))) is Severity.INFO
    assert bad(contract(promises=(promise(driver="analytics"),), is_production=True)) is Severity.INFO


def test_silence_is_worse() -> None:
    assert bad(contract(levels=(FREQUENCY,)), 301.0, promise="often") is Severity.WARNING


@pytest.mark.parametrize(
    ("level", "value", "severity"),
    [
        (LATENCY, 98.5, Severity.INFO),
        (LATENCY, 97.0, Severity.WARNING),
        (ERRORS, 1.5, Severity.INFO),
        (ERRORS, 2.0, Severity.WARNING),
    ],
)
def test_level_is_broken_by_far_at_twice_the_share_that_may_be_bad(
    level: ServiceLevel, value: float, severity: Severity
) -> None:
    assert bad(contract(levels=(level,)), value, promise=level.id) is severity


def test_one_failure_hits_no_model_for_its_records_are_kept_out() -> None:
    assert bad(contract(), 1.0, MODEL, promise="failure", kind=Kind.INVALID_RECORDS) is Severity.INFO


def test_producer_of_which_nothing_is_valid_hits_the_model_that_reads_it() -> None:
    assert bad(contract(), 1.0, MODEL, promise="producer", kind=Kind.INVALID_RECORDS) is Severity.CRITICAL


def test_machine_that_judges_nothing_is_critical_and_a_registry_away_is_a_warning() -> None:
    assert bad(contract(), promise="stuck", kind=Kind.SERVICE) is Severity.CRITICAL
    assert bad(None, promise="registry", kind=Kind.SERVICE) is Severity.WARNING


def test_answer_says_why_step_by_step() -> None:
    found = assess(contract(is_production=True), measured(value=60.0), (MODEL,))
    assert found.reasons == (
        "info to begin with",
        "up, for the contract is for use in production",
        "up, for it is 3 times what is allowed",
        "up, for it hits the model delay-model",
    )


def test_what_was_measured_says_where_it_begins() -> None:
    measurement = replace(measured("drift/feature/age", value=0.3), severity="warning")
    assert assess(contract(), measurement, ()).severity is Severity.WARNING
    assert assess(contract(), measurement, (MODEL,)).severity is Severity.CRITICAL
    assert assess(contract(), replace(measurement, severity="terrible"), ()).severity is Severity.INFO
