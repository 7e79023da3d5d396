from __future__ import annotations

import pytest

from assay.alerts.breaches import Role, Severity
from assay.alerts.errors import ChannelsFileError
from assay.alerts.routing.channels_file import read_channels

FILE = """\
channels:
  oncall: {kind: alertmanager, url: "http://alertmanager:9093"}
  mail: {kind: apprise, url: {env: MAIL_URL}, to: contact}
routes:
  - {when: {severity: critical, role: [owner, consumer]}, to: oncall, stop: true}
  - {to: [mail]}
links: {console: "https://assay.example/contracts/{contract}"}
operators: [{id: platform, contact: "#data-platform"}]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ChannelsFileError) as caught:
        read_channels(text.encode(), "channels.yaml")
    return str(caught.value).splitlines()


def test_file_says_channels_routes_links_and_operators() -> None:
    routes = read_channels(FILE.encode(), "channels.yaml").routes
    assert [(way.name, way.kind, way.is_addressed) for way in routes.ways.values()] == [
        ("oncall", "alertmanager", False),
        ("mail", "apprise", True),
    ]
    assert routes.rules[0].when.severity == (Severity.CRITICAL,)
    assert routes.rules[0].when.role == (Role.OWNER, Role.CONSUMER)
    assert [rule.stop for rule in routes.rules] == [True, False]
    assert [(each.id, each.role) for each in routes.operators] == [("platform", Role.OPERATOR)]


def test_secret_that_is_not_there_does_not_matter_to_who_reads_the_rules() -> None:
    assert read_channels(FILE.replace("MAIL_URL", "NOBODY_SET_THIS").encode(), "channels.yaml").channels


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("severity: critical", "severty: critical", "channels.yaml:5: routes.0.when.severty: no such key; did you mean 'severity'?"),
        ("role: [owner", "role: [ower", "channels.yaml:5: routes.0.when.role.0: 'ower' is not known; did you mean 'owner'?"),
        ("url: {env", "urll: {env", "channels.yaml:3: channels.mail.urll: no such key; did you mean 'url'?"),
        ("env: MAIL_URL", "enf: MAIL_URL", "channels.yaml:3: channels.mail.url.enf: no such key (there are env, file)"),
        ("routes:", "rules:", "channels.yaml:4: rules: no such key"),
        ("to: [mail]", "to: [mial]", "channels.yaml:6: no channel is called 'mial'; did you mean 'mail'?"),
        ("kind: alertmanager", "kind: alertmanger", "channels.yaml:2: channels.oncall: kind 'alertmanger' is not known; did you mean 'alertmanager'?"),
        ("https://assay", "javascript://assay", "channels.yaml:7: link 'console': an address begins with https:// or http://"),
        ("{contract}", "{contrct}", "channels.yaml:7: link 'console': {contrct} is none of {contract}"),
        ("stop: true", "stop: maybe", "channels.yaml:5: routes.0.stop: input should be a valid boolean"),
        ("id: platform, ", "", "channels.yaml:8: operators.0.id: it is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_what_would_be_right(before: str, after: str, fault: str) -> None:
    assert any(each.startswith(fault) for each in faults(FILE.replace(before, after)))


@pytest.mark.parametrize(
    "text", ["", "[]", "channels: {}", "a: &b 1\nc: *b", "channels: {x: {kind: log}}\nroutes: []\n"]
)
def test_file_without_channels_or_routes_is_refused(text: str) -> None:
    assert faults(text)


def test_no_error_shows_what_stands_where_a_secret_may_be() -> None:
    told = faults(FILE.replace("url: {env: MAIL_URL}", 'url: "mailto://me:hunter2@example.org", to2: hunter2'))
    assert "hunter2" not in "\n".join(told)
