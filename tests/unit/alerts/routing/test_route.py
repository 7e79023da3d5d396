from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import Breach, Recipient, Role, Severity, State
from assay.alerts.messages.saying import Subject, say
from assay.alerts.routing.route import Routed, route, routed
from assay.alerts.routing.routes import DEFAULT, Routes, Way
from assay.alerts.routing.rules import Rule, When
from tests.unit.alerts.routing.house import contract, measured

OPS = Recipient("ops", "#ops", Role.OWNER, "slack")
MAIL = Recipient("ops", "ops@example.org", Role.OWNER, "email")
MODEL = Recipient("delay-model", "model@example.org", Role.CONSUMER, kind="model")
NOBODY = Recipient("ghost", "", Role.DOWNSTREAM)
WAYS = {
    "oncall": Way("oncall", "alertmanager"),
    "slack": Way("slack", "apprise"),
    "mail": Way("mail", "apprise", is_addressed=True),
}


def subject(*told: Recipient, severity: Severity = Severity.CRITICAL) -> Subject:
    fired = measured()
    return Subject(Breach(fired, fired, recipients=told, severity=severity), contract())


def rule(*to: str, stop: bool = False, **when: object) -> Rule:
    return Rule.model_validate({"when": when, "to": list(to), "stop": stop})


def found(rules: list[Rule], *told: Recipient, severity: Severity = Severity.CRITICAL) -> Routed:
    return routed(subject(*told, severity=severity), Routes(WAYS, tuple(rules)))


def legs(rules: list[Rule], *told: Recipient) -> dict[str, list[str]]:
    return {f"{leg.way.name}/{leg.target}": [each.id for each in leg.recipients] for leg in found(rules, *told).legs}


def test_every_rule_that_matches_leads_on() -> None:
    assert legs([rule("oncall"), rule("slack")], OPS) == {"oncall/": ["ops"], "slack/": ["ops"]}


def test_rule_that_stops_is_the_last() -> None:
    assert legs([rule("oncall", role="owner", stop=True), rule("slack")], OPS, MODEL) == {
        "oncall/": ["ops"],
        "slack/": ["delay-model"],
    }


def test_channel_that_is_addressed_goes_to_each_contact_for_itself() -> None:
    assert legs([rule("mail", contact="*@*")], OPS, MAIL, MODEL) == {
        "mail/ops@example.org": ["ops"],
        "mail/model@example.org": ["delay-model"],
    }


def test_one_contact_is_written_to_once_for_all_who_have_it() -> None:
    twin = replace(MODEL, id="twin", role=Role.DOWNSTREAM)
    assert legs([rule("mail"), rule("mail", role="consumer")], MODEL, twin) == {
        "mail/model@example.org": ["delay-model", "twin"]
    }


def test_someone_with_two_contacts_is_named_once_where_all_are_told_at_once() -> None:
    assert legs([rule("oncall")], OPS, MAIL) == {"oncall/": ["ops"]}


def test_who_matches_no_rule_or_has_no_contact_to_write_to_is_not_reached() -> None:
    assert found([rule("mail")], OPS, NOBODY).unreached == (NOBODY,)
    assert found([rule("oncall", role="owner")], OPS, MODEL).unreached == (MODEL,)


def test_who_is_reached_by_one_contact_is_reached() -> None:
    assert found([rule("mail", contact="*@*")], OPS, MAIL).unreached == ()


def test_rule_asks_for_severity_tool_consumer_and_promise() -> None:
    asked = rule("oncall", severity=["warning", "critical"], consumer="model", promise="nullValues", contract="c*")
    assert [leg.recipients for leg in found([asked], OPS, MODEL).legs] == [(MODEL,)]
    assert not found([asked], MODEL, severity=Severity.INFO).legs
    assert [leg.recipients for leg in found([rule("slack", tool="slack")], OPS, MAIL).legs] == [(OPS,)]


def test_leg_says_which_rule_leads_there() -> None:
    (leg,) = found([rule("slack", role="upstream"), rule("oncall", role="owner", severity="critical")], OPS).legs
    assert leg.why == "route 2 (severity critical, role owner)"


def test_without_a_channels_file_everyone_is_told_by_log_and_file() -> None:
    legs_ = routed(subject(OPS, MODEL, NOBODY), DEFAULT).legs
    assert [(leg.way.name, len(leg.recipients)) for leg in legs_] == [("log", 3), ("file", 3)]


def test_alert_has_the_same_key_and_labels_when_it_fires_and_is_over_but_for_the_state() -> None:
    about = subject(OPS, MODEL)
    over = replace(about, breach=replace(about.breach, resolved=replace(about.breach.fired, state=State.RESOLVED)))
    fires = route(about, State.FIRING, say(about, State.FIRING), DEFAULT, 7)
    ends = route(over, State.RESOLVED, say(over, State.RESOLVED), DEFAULT, 9)
    assert [each.key for each in fires] == ["f-0/firing/log/", "f-0/firing/file/"]
    assert [each.key for each in ends] == ["f-0/resolved/log/", "f-0/resolved/file/"]
    assert [each.labels for each in fires] == [each.labels for each in ends]
    assert fires[0].ends_ms is None
    assert ends[0].ends_ms == 9


def test_labels_say_what_a_silence_or_a_route_goes_by() -> None:
    (alert, _) = route(subject(OPS, MODEL), State.FIRING, say(subject(OPS), State.FIRING), DEFAULT, 7)
    assert alert.labels == {
        "contract": "c",
        "promise": "p",
        "kind": "nullValues",
        "severity": "critical",
        "owner": "ops",
        "told": "ops,delay-model",
    }


PEOPLE = st.lists(
    st.builds(Recipient, st.sampled_from("abc"), st.sampled_from(["", "#x", "a@b", "c@d"]), st.sampled_from(Role)),
    max_size=8,
)
RULES = st.lists(
    st.builds(
        Rule,
        when=st.builds(When, role=st.lists(st.sampled_from(Role), max_size=2).map(tuple)),
        to=st.lists(st.sampled_from(sorted(WAYS)), min_size=1, max_size=3).map(tuple),
        stop=st.booleans(),
    ),
    max_size=5,
)


@given(PEOPLE, RULES)
def test_everyone_is_reached_or_named_as_not_reached_and_nobody_twice_in_a_channel(
    people: list[Recipient], rules: list[Rule]
) -> None:
    result = found(rules, *people)
    reached = {each.id for leg in result.legs for each in leg.recipients}
    assert {each.id for each in people} == reached | {each.id for each in result.unreached}
    assert not reached & {each.id for each in result.unreached}
    for leg in result.legs:
        names = [each.id for each in leg.recipients]
        assert len(names) == len(set(names))
    assert len({(leg.way.name, leg.target) for leg in result.legs}) == len(result.legs)
