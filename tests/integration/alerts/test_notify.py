from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from assay.alerts.breaches import Recipient, State
from assay.alerts.delivery.channel import DeliveryError, DeliveryRefusedError
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.notify import Notifier
from assay.testkit import eventually
from assay.testkit.ports import free_ports
from assay.testkit.receivers.mail import MailReceiver, open_mail
from assay.testkit.receivers.web import answers, falls_silent, open_web
from tests.integration.alerts.outbox import delivering
from tests.unit.alerts.delivery.alerts import HOSTILE, alert, hostile


def mail_url(server: MailReceiver, more: str = "") -> str:
    return f"mailto://{server.host}:{server.port}/?from=assay@example.org&to=team@example.org&mode=insecure{more}"


@asynccontextmanager
async def notifier(
    url: str, *, to_contact: bool = False, timeout_s: float = 20.0, at_once: int = 1
) -> AsyncIterator[Notifier]:
    async with Notifier(SecretStr(url), to_contact=to_contact, timeout_s=timeout_s, at_once=at_once) as channel:
        yield channel


def told(delivery: Delivery, *contacts: str) -> Delivery:
    return replace(delivery, recipients=tuple(Recipient(f"r{place}", each) for place, each in enumerate(contacts)))


async def test_mail_says_what_is_wrong_and_goes_to_the_address_of_the_channel() -> None:
    async with open_mail() as server, notifier(mail_url(server)) as channel:
        await channel.send(alert("b"))
        (mail,) = await server.until(1)
        assert (mail.sender, mail.recipients) == ("assay@example.org", ("team@example.org",))
        assert mail.message["subject"] == "broken"
        assert "<strong>broken</strong>" in mail.text()


async def test_mail_goes_to_the_contact_of_each_recipient_alone() -> None:
    async with open_mail() as server, notifier(mail_url(server), to_contact=True) as channel:
        await channel.send(told(alert("b"), "ana@example.org"))
        (mail,) = await server.until(1)
        assert mail.recipients == ("ana@example.org",)
        assert mail.message["to"] == "ana@example.org"


async def test_contact_that_is_no_address_is_written_to_by_nobody() -> None:
    no_addresses = (
        "#ops",
        "ana@example.org,eve@example.org",
        "ana@example.org?bcc=eve@example.org",
        "ana@example.org\r\nBcc: eve@x",
        HOSTILE,
    )
    async with open_mail() as server, notifier(mail_url(server), to_contact=True) as channel:
        for contact in no_addresses:
            with pytest.raises(DeliveryRefusedError, match="no mail address"):
                await channel.send(told(alert("b"), contact))
        await channel.send(told(alert("b"), *no_addresses, "ana@example.org"))
        (mail,) = await server.until(1)
        assert mail.recipients == ("ana@example.org",)


async def test_hostile_words_are_words_in_a_mail() -> None:
    async with open_mail() as server, notifier(mail_url(server)) as channel:
        await channel.send(hostile("b"))
        (mail,) = await server.until(1)
        assert mail.recipients == ("team@example.org",)
        assert mail.message["bcc"] is None
        assert "<script" not in mail.text()
        assert "href" not in mail.text()


async def test_service_that_shows_markdown_is_sent_markdown() -> None:
    async with open_web() as server, notifier(f"{server.url.replace('http', 'json', 1)}/?format=markdown") as channel:
        await channel.send(alert("b"))
        said = json.loads(server.asked[0].body)
        assert said["message"].startswith("- promised: much")
        assert (said["title"], said["type"]) == ("broken", "failure")


async def test_service_that_does_not_take_it_is_tried_again() -> None:
    async with open_web() as server, notifier(server.url.replace("http", "json", 1)) as channel:
        server.next.extend(answers(status) for status in (500, 429, 404))
        for _ in range(3):
            with pytest.raises(DeliveryError):
                await channel.send(alert("b"))


async def test_mail_server_that_is_away_or_refuses_is_tried_again_without_a_word_of_its_url() -> None:
    (nobody,) = free_ports(1)
    async with notifier(
        f"mailto://user:hunter2@127.0.0.1:{nobody}/?from=a@example.org&to=a@example.org&mode=insecure"
    ) as channel:
        with pytest.raises(DeliveryError) as raised:
            await channel.send(alert("b"))
        assert "hunter2" not in f"{raised.value!r} {channel!r}"


async def test_url_that_apprise_does_not_know_is_refused() -> None:
    async with notifier("pigeon://loft") as channel:
        with pytest.raises(DeliveryRefusedError, match="none that Apprise knows"):
            await channel.send(alert("b"))


async def test_service_without_targets_can_not_be_addressed() -> None:
    async with open_web() as server, notifier(server.url.replace("http", "json", 1), to_contact=True) as channel:
        with pytest.raises(DeliveryRefusedError, match="without targets"):
            await channel.send(told(alert("b"), "ana@example.org"))
        assert server.asked == []


async def test_service_that_hangs_is_ended_and_the_next_alert_goes_out() -> None:
    async with (
        open_web() as server,
        notifier(f"{server.url.replace('http', 'json', 1)}/?rto=300", timeout_s=3) as channel,
    ):
        server.next.extend([falls_silent(), falls_silent()])
        for _ in range(2):
            with pytest.raises(DeliveryError, match="within 3 s"):
                await channel.send(alert("b"))
        await channel.send(alert("b"))


async def test_channels_that_hang_hold_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_web() as hanging, open_web() as well:
        hanging.always = falls_silent()
        monkeypatch.setenv("HANGING_URL", f"{hanging.url.replace('http', 'json', 1)}/?rto=300")
        monkeypatch.setenv("WELL_SECRET", "a-long-enough-secret")
        channels = {
            "chat": {"kind": "apprise", "url": {"env": "HANGING_URL"}},
            "hook": {"kind": "webhook", "url": well.url, "secret": {"env": "WELL_SECRET"}},
        }
        async with delivering(tmp_path, channels) as outbox:
            await outbox.post(alert("a", channel="chat"), alert("b", channel="chat", fingerprint="g"))
            await hanging.until(2)
            await outbox.post(*(alert(f"b{number}", fingerprint=f"{number}") for number in range(50)))
            await well.until(50)
            assert (await outbox.fare("chat")).waiting == 2


async def test_mail_server_that_refuses_for_a_while_gets_each_mail_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_mail() as server:
        monkeypatch.setenv("MAIL_URL", mail_url(server))
        server.refuses = True
        async with delivering(tmp_path, {"mail": {"kind": "apprise", "url": {"env": "MAIL_URL"}}}) as outbox:
            await outbox.post(alert("b", channel="mail"))

            async def has_failed() -> bool:
                return bool((await outbox.fare("mail")).error)

            await eventually(has_failed)
            server.refuses = False
            (found,) = await outbox.settled("b", 1)
            assert found.delivered_ms is not None
            assert len(server.mails) == 1


async def test_what_was_over_before_it_could_be_told_is_told_once_in_a_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_web() as server:
        monkeypatch.setenv("CHAT_URL", server.url.replace("http", "json", 1))
        server.next.append(answers(500))
        async with delivering(tmp_path, {"chat": {"kind": "apprise", "url": {"env": "CHAT_URL"}}}) as outbox:
            await outbox.post(alert("b", channel="chat"))
            await server.until(1)
            await outbox.post(alert("b", State.RESOLVED, channel="chat"))
            posted = await outbox.settled("b", 2)
        taken = [each.delivery.state for each in posted if each.delivered_ms is not None]
        assert taken[-1] is State.RESOLVED
