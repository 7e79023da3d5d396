from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import Kind, Recipient, Role
from assay.alerts.routing.recipients import OPERATOR, recipients
from assay.contracts import Contract, Party, SupportChannel, Upstream
from tests.unit.alerts.routing.house import OWNER, contract, measured


def heard(*contracts: Contract, promise: str = "p", path: str | None = None, about: str = "c") -> list[str]:
    known = {each.id: each for each in contracts}
    return [each.id for each in recipients(measured(promise, path, contract=about), known)]


def told(*consumers: Party, field: str | None = "arr_delay", promise: str = "p") -> list[str]:
    return heard(contract(*consumers, field=field), promise=promise)


def told_of_invalid(path: str, *consumers: Party) -> list[str]:
    return heard(contract(*consumers), path=path)


def made_of(source: str, id_: str, *consumers: Party) -> Contract:
    return contract(*consumers, id_=id_, owner=Party(f"{id_}-team", f"#{id_}"), upstream=(Upstream(contract=source),))


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


def test_owner_that_consumes_is_told_once_as_owner() -> None:
    found = recipients(measured(), {"c": contract(Party("ops", "mail", ("*",)))})
    assert found == (Recipient("ops", "#ops", Role.OWNER, why="owns c"),)


def test_owner_is_told_by_every_channel_for_notifications_and_by_no_other() -> None:
    ways = (
        SupportChannel("#ops", "slack", scope="notifications"),
        SupportChannel("#help", "slack", scope="interactive"),
        SupportChannel("ops@example.org", "email", scope="notifications"),
    )
    found = recipients(measured(), {"c": contract(channels=ways)})
    assert [(each.contact, each.tool) for each in found] == [("#ops", "slack"), ("ops@example.org", "email")]


def test_unknown_contract_goes_to_the_operator() -> None:
    assert recipients(measured(), {}) == (OPERATOR,)


def test_what_concerns_the_machine_goes_to_the_operators_alone() -> None:
    platform = Recipient("platform", "#platform", Role.OPERATOR)
    stuck = measured("stuck", kind=Kind.SERVICE)
    assert recipients(stuck, {"c": contract(Party("a", ""))}, [platform]) == (platform,)


def test_invalid_records_concern_who_reads_the_field_that_is_wrong() -> None:
    consumers = [Party("a", "", ("arr_delay",)), Party("b", "", ("dest",)), Party("all", "")]
    assert told_of_invalid("/arr_delay", *consumers) == ["ops", "a", "all"]
    assert told_of_invalid("/arr_delay/0/at", *consumers) == ["ops", "a", "all"]


def test_invalid_records_without_a_field_of_the_contract_concern_everyone() -> None:
    consumers = [Party("a", "", ("arr_delay",)), Party("b", "", ("dest",))]
    for path in ("", "/unknown", "/un~1known"):
        assert told_of_invalid(path, *consumers) == ["ops", "a", "b"]


def test_owners_and_consumers_downstream_are_told_with_the_way_there() -> None:
    house = {each.id: each for each in (contract(), made_of("c", "d"), made_of("d", "e", Party("m", "", kind="model")))}
    found = {each.id: each for each in recipients(measured(), house)}
    assert list(found) == ["ops", "d-team", "e-team", "m"]
    assert found["m"].role is Role.DOWNSTREAM
    assert found["m"].why == "reads e, which is made of it (c → d → e)"
    assert found["m"].kind == "model"


def test_contract_that_names_a_validated_topic_is_downstream_of_who_writes_it() -> None:
    made = contract(id_="d", owner=Party("d-team", ""), upstream=(Upstream("kafka://somewhere", "c.validated"),))
    assert heard(contract(), made) == ["ops", "d-team"]


def test_owners_upstream_are_told_and_their_consumers_are_not() -> None:
    source = contract(Party("reader", ""), id_="s", owner=Party("s-team", "#s"))
    found = recipients(measured(), {each.id: each for each in (source, contract(upstream=(Upstream(contract="s"),)))})
    assert [(each.id, each.role) for each in found] == [("ops", Role.OWNER), ("s-team", Role.UPSTREAM)]
    assert found[1].why == "owns s, of which it is made (s → c)"


def test_someone_with_two_roles_has_the_stronger_one() -> None:
    both = Party("m", "#m")
    found = recipients(measured(), {each.id: each for each in (contract(both), made_of("c", "d", both))})
    assert [each.role for each in found if each.id == "m"] == [Role.CONSUMER]


NAMES = st.sampled_from("cdefgh")
EDGES = st.lists(st.tuples(NAMES, NAMES), max_size=20)


@given(EDGES)
def test_lineage_with_cycles_ends_and_tells_nobody_twice(edges: list[tuple[str, str]]) -> None:
    house = {
        name: contract(
            id_=name,
            owner=OWNER if name == "c" else Party(f"{name}-team", ""),
            upstream=tuple(Upstream(contract=source) for source, made in edges if made == name),
        )
        for name in "cdefgh"
    }
    found = [each.id for each in recipients(measured(), house)]
    assert found[0] == "ops"
    assert len(found) == len(set(found))
    made = {made for source, made in edges if source == "c"} - {"c"}
    assert {f"{name}-team" for name in made} <= set(found)
