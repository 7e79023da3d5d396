from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from assay.alerts.delivery.settings import AlertmanagerSettings, ChannelSettings, Secret, WebhookSettings
from assay.runtime import StartError

CHANNEL: TypeAdapter[ChannelSettings] = TypeAdapter(ChannelSettings)
HOOK = {"kind": "webhook", "secret": {"env": "HOOK_SECRET"}}


def test_kinds_are_told_apart() -> None:
    read = CHANNEL.validate_python({"kind": "alertmanager", "url": "http://alertmanager:9093/"})
    assert isinstance(read, AlertmanagerSettings)
    assert read.address("/api/v2/alerts").get_secret_value() == "http://alertmanager:9093/api/v2/alerts"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "pigeon"},
        {"kind": "webhook", "url": "https://x"},
        {**HOOK, "url": "file:///etc/passwd"},
        {**HOOK, "url": "https://"},
        {**HOOK, "url": "https://xn--\u00df..\u2603/"},
        {**HOOK, "url": "https://" + "a" * 3_000},
        {**HOOK, "url": "https://user:hunter2@x y/"},
        {**HOOK, "url": "https://user:hunter2@x:99999/"},
        {**HOOK, "url": "https://x", "secret": "written here"},
        {**HOOK, "url": "https://x", "secret": {"env": "A", "file": "b"}},
        {**HOOK, "url": "https://x", "verify": False},
        {"kind": "apprise", "url": "slack://a/b/c"},
        {"kind": "alertmanager", "url": "http://a", "every_s": 60, "ends_after_s": 100},
    ],
)
def test_what_can_not_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CHANNEL.validate_python(wrong)


def test_address_is_not_shown() -> None:
    read = CHANNEL.validate_python({**HOOK, "url": "https://user:hunter2@hooks.example/T0/secret"})
    assert isinstance(read, WebhookSettings)
    assert "hunter2" not in repr(read)
    assert "hunter2" not in repr(read.address())


def test_secret_is_read_from_the_environment_or_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOOK_SECRET", " hush ")
    (tmp_path / "secret").write_text("hush\n")
    assert Secret(env="HOOK_SECRET").value().get_secret_value() == "hush"
    assert Secret(file=tmp_path / "secret").value().get_secret_value() == "hush"


def test_secret_that_is_not_there_is_named_by_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    with pytest.raises(StartError, match="HOOK_SECRET"):
        Secret(env="HOOK_SECRET").value()
    with pytest.raises(StartError, match="nothing-here"):
        Secret(file=tmp_path / "nothing-here").value()


def test_secret_address_is_checked_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_URL", "hunter2 is no address")
    read = CHANNEL.validate_python({**HOOK, "url": {"env": "HOOK_URL"}})
    assert isinstance(read, WebhookSettings)
    with pytest.raises(StartError, match="an address of http") as raised:
        read.address()
    assert "hunter2" not in str(raised.value)
