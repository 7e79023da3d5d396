from __future__ import annotations

import asyncio
import json
import re

import apprise.plugins.discord
import apprise.plugins.slack
import apprise.plugins.telegram
import pytest
from pydantic import SecretStr

from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.notifier import sent
from assay.alerts.delivery.notify import Notifier
from assay.testkit.receivers.web import WebReceiver, answers, open_web
from tests.unit.alerts.delivery.alerts import alert, hostile

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise loads it

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/"
CALLS = re.compile(r"<!|<@|<script|@(everyone|here|channel)", re.IGNORECASE)


async def said(receiver: WebReceiver, url: str, delivery: Delivery) -> str:
    """What a chat is sent: the whole body, as its server gets it."""
    channel = Notifier(SecretStr(url), to_contact=False, timeout_s=10, at_once=1)
    assert await asyncio.to_thread(sent, channel.question(delivery)) == {"status": "taken"}
    return receiver.asked[-1].body.decode()


@pytest.fixture
def chats(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


async def test_slack_is_sent_markdown_in_which_nobody_is_called(chats: pytest.MonkeyPatch) -> None:
    async with open_web() as receiver:
        chats.setattr(apprise.plugins.slack.NotifySlack, "webhook_url", receiver.url)
        receiver.always = answers(200, b"ok")
        assert "broken" in await said(receiver, SLACK, alert("b"))
        text = await said(receiver, SLACK, hostile("b"))
        assert not CALLS.search(text)
        assert "evil.example|" not in text
        assert "://evil" not in text


async def test_discord_is_sent_markdown_in_which_nobody_is_called(chats: pytest.MonkeyPatch) -> None:
    async with open_web() as receiver:
        chats.setattr(apprise.plugins.discord.NotifyDiscord, "notify_url", receiver.url)
        receiver.always = answers(204)
        assert "broken" in await said(receiver, DISCORD, alert("b"))
        text = await said(receiver, DISCORD, hostile("b"))
        assert not CALLS.search(text)
        assert "](" not in text


async def test_telegram_is_sent_a_message_without_foreign_links(chats: pytest.MonkeyPatch) -> None:
    async with open_web() as receiver:
        chats.setattr(apprise.plugins.telegram.NotifyTelegram, "notify_url", f"{receiver.url}/bot")
        receiver.always = answers(200, json.dumps({"ok": True}).encode(), content_type="application/json")
        assert "broken" in await said(receiver, TELEGRAM, alert("b"))
        text = await said(receiver, TELEGRAM, hostile("b"))
        assert not CALLS.search(text)
        assert "](" not in text.replace("\\](", "")
