from __future__ import annotations

from assay.alerts.breaches import Kind, Measurement, Recipient, State
from assay.alerts.recipients import OPERATOR, recipients
from assay.contracts import Contract, Field, Party, Promise, Topics

OWNER = Party("ops", "#ops")


def contract(*consumers: Party, field: str | None = "arr_delay") -> Contract:
    topics = Topics("c.raw.app", None, "c.raw.replay", "c.validated", "c.dead-letters", "c.dead-letters.settled")
    promise = Promise("p", field, "nullValues", "mustBeLessOrEqualTo", (20.0,), "percent")
    return Contract(
        id="c",
        version="1.0.0",
        name="c",
        status="active",
        text=b"",
        kind="direct",
        fields=(Field("arr_delay", "number"),),
        key=(),
        topics=topics,
        owner=OWNER,
        consumers=consumers,
        promises=(promise,),
    )


def told(*consumers: Party, field: str | None = "arr_delay", promise: str = "p") -> list[str]:
    return [recipient.id for recipient in recipients(contract(*consumers, field=field), measured(promise))]


def measured(promise: str = "p", path: str | None = None) -> Measurement:
    kind = Kind.PROMISE if path is None else Kind.INVALID_RECORDS
    words = ("", "", 0.0, "", 0, 1)
    return Measurement("f", "c", "1.0.0", promise, *words, State.FIRING, kind, path or "")


def told_of_invalid(path: str, *consumers: Party) -> list[str]:
    return [recipient.id for recipient in recipients(contract(*consumers), measured(path=path))]


def test_owner_is_told_first() -> None:
    assert told(Party("a", "", ("arr_delay",))) == ["ops", "a"]


def test_consumer_of_the_field_is_told() -> None:
    assert told(Party("a", "", ("dep_delay", "arr_delay"))) == ["ops", "a"]


def test_consumer_of_everything_is_told() -> None:
    assert told(Party("a", "", ("*",))) == ["ops", "a"]


def test_consumer_of_other_fields_is_not_told() -> None:
    assert told(Party("a", "", ("arr_delay_minutes", "dest"))) == ["ops"]


def test_consumer_of_a_part_of_the_field_is_told() -> None:
    assert told(Party("a", "", ("address.city",)), Party("b", "", ("address",)), field="address") == ["ops", "a", "b"]


def test_promise_about_no_field_concerns_every_consumer() -> None:
    assert told(Party("a", "", ("dest",)), field=None) == ["ops", "a"]


def test_promise_that_the_contract_dropped_concerns_every_consumer() -> None:
    assert told(Party("a", "", ("dest",)), promise="gone") == ["ops", "a"]


def test_owner_that_consumes_is_told_once() -> None:
    assert recipients(contract(Party("ops", "mail", ("*",))), measured()) == (Recipient("ops", "#ops"),)


def test_unknown_contract_goes_to_the_operator() -> None:
    assert recipients(None, measured()) == (OPERATOR,)


def test_invalid_records_concern_who_reads_the_field_that_is_wrong() -> None:
    consumers = [Party("a", "", ("arr_delay",)), Party("b", "", ("dest",)), Party("all", "")]
    assert told_of_invalid("/arr_delay", *consumers) == ["ops", "a", "all"]
    assert told_of_invalid("/arr_delay/0/at", *consumers) == ["ops", "a", "all"]


def test_invalid_records_without_a_field_of_the_contract_concern_everyone() -> None:
    consumers = [Party("a", "", ("arr_delay",)), Party("b", "", ("dest",))]
    for path in ("", "/unknown", "/un~1known"):
        assert told_of_invalid(path, *consumers) == ["ops", "a", "b"]
