"""A promise is broken, at risk, kept or unknown; its burn rates are shares in multiples of what is promised."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from assay.alerts.promises import history
from assay.alerts.promises.burn import BurnRate, burn_rate
from assay.alerts.promises.gauges import Gauges
from assay.alerts.promises.hysteresis import Memory
from assay.alerts.promises.standing import ContractStanding, PromiseStanding
from assay.alerts.promises.status import Status, standing_of, worst
from assay.contracts import Patience
from tests.unit.alerts.promises.stage import NULLS, Stage, contract_of, error_rate

HOUR_S = 3_600


def status(
    memory: str = "", patience: Patience | None = None, burns: tuple[BurnRate, ...] = (), *, broken: bool = False, unknown: str = ""
) -> Status:  # fmt: skip
    found, _ = standing_of(
        is_broken=broken, unknown=unknown, memory=Memory.read(memory), patience=patience or Patience(), burns=burns
    )
    return found


def test_what_is_broken_stays_so_while_it_cannot_be_measured() -> None:
    assert status(broken=True, unknown="validation is not heard of") is Status.BROKEN
    assert status(unknown="validation is not heard of") is Status.UNKNOWN


def test_half_way_to_a_breach_is_at_risk() -> None:
    patience = Patience(0, 4, 5, 1)
    assert [status(memory, patience) for memory in ("k", "b", "bb", "kkkb")] == [
        Status.KEPT, Status.KEPT, Status.AT_RISK, Status.KEPT,
    ]  # fmt: skip
    assert status("b", Patience(0, 2, 3, 1)) is Status.AT_RISK


def test_a_burn_rate_of_one_on_enough_records_is_at_risk() -> None:
    assert status(burns=(BurnRate(HOUR_S, 1.0, 100),)) is Status.AT_RISK
    assert status(burns=(BurnRate(HOUR_S, 1.0, 99),)) is Status.KEPT
    assert status(burns=(BurnRate(HOUR_S, 0.99, 1_000),)) is Status.KEPT
    assert status(patience=Patience(min_records=10), burns=(BurnRate(HOUR_S, 5.0, 10),)) is Status.AT_RISK


@given(st.integers(0, 1_000), st.integers(0, 1_000), st.sampled_from([0.01, 0.02, 0.5, 1.0]))
def test_a_burn_rate_is_one_where_exactly_so_many_are_bad_as_promised(records: int, bad: int, budget: float) -> None:
    bad = min(bad, records)
    rate = burn_rate(HOUR_S, records, bad, budget).rate
    assert rate == (bad / records / budget if bad else 0)


def test_where_nothing_may_go_wrong_anything_burns_without_end() -> None:
    assert (burn_rate(HOUR_S, 10, 1, 0.0).rate, burn_rate(HOUR_S, 10, 0, 0.0).rate) == (math.inf, 0.0)


def test_a_contract_stands_as_its_worst_promise() -> None:
    assert worst([Status.KEPT, Status.AT_RISK, Status.UNKNOWN]) is Status.AT_RISK
    assert worst([Status.KEPT, Status.UNKNOWN, Status.BROKEN]) is Status.BROKEN
    assert worst([Status.KEPT, Status.UNKNOWN]) is Status.UNKNOWN
    assert worst([]) is Status.UNKNOWN


def test_burn_rates_are_counted_over_the_stretches_before_the_newest_window() -> None:
    stage = Stage(contract_of(error_rate()))
    for at, refused in ((0, 10), (180, 10), (360, 0), (395, 5)):
        stage.send(at, valid=100 - refused, refused=refused)
    stage.close(401)
    with stage.merged.read() as transaction:
        (stand,) = history.stands(transaction, "orders")
    assert [(each.over_s // HOUR_S, each.records) for each in stand.burns] == [(1, 200), (6, 300), (72, 400)]
    assert [round(each.rate, 3) for each in stand.burns] == [0.5, 1.0, 1.25]


def test_series_of_what_is_no_more_are_gone() -> None:
    gauges, contract = Gauges(), contract_of(NULLS, name="shown")
    promise = PromiseStanding(NULLS.id, "f", "promised", Status.BROKEN, value=7.5, burns=(BurnRate(HOUR_S, 2.0, 100),))
    gauges.show({"shown": contract}, [ContractStanding("shown", "1.0.0", Status.BROKEN, (promise,))])
    labels = {"contract": "shown", "promise": NULLS.id}
    assert REGISTRY.get_sample_value("assay_promise_target", labels) == 20
    assert REGISTRY.get_sample_value("assay_promise_measured", labels) == 7.5
    assert REGISTRY.get_sample_value("assay_promise_broken", labels) == 1
    assert REGISTRY.get_sample_value("assay_promise_burn_rate", labels | {"over": "1h"}) == 2
    assert REGISTRY.get_sample_value("assay_contract_status", {"contract": "shown", "status": "broken"}) == 1
    gauges.show({}, [])
    assert REGISTRY.get_sample_value("assay_promise_broken", labels) is None
    assert REGISTRY.get_sample_value("assay_contract_status", {"contract": "shown", "status": "broken"}) is None
