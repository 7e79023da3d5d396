from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook as Verifier

from assay.alerts.breaches import State
from assay.alerts.delivery.channel import DeliveryError, DeliveryRefusedError
from assay.alerts.delivery.http import Http
from assay.alerts.delivery.webhook import Webhook
from assay.runtime import StartError
from assay.runtime.clock import SystemClock
from assay.testkit.ports import free_ports
from assay.testkit.receivers.authority import Authority
from assay.testkit.receivers.web import Answer, answers, cuts, drips, falls_silent, never_ends, open_web
from tests.unit.alerts.delivery.alerts import alert, hostile

KEY = bytes(range(32))
PASSWORD = "hunter2"  # one that must be seen nowhere
MEGABYTE = 1_000_000


@asynccontextmanager
async def webhook(url: str, *, ca: Path | None = None, timeout_s: float = 10.0) -> AsyncIterator[Webhook]:
    address = SecretStr(f"{url.replace('://', f'://user:{PASSWORD}@')}/hooks/{PASSWORD}?token={PASSWORD}")
    async with Http(address, ca, connect_s=1.0, timeout_s=timeout_s) as http:
        yield Webhook(http, [KEY], SystemClock())


async def failing(hook: Webhook) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        await hook.send(alert("b"))
    assert_unseen(raised.value)
    return raised.value


def assert_unseen(error: BaseException | None) -> None:
    """No error on the way names the password; a trace shows them all."""
    while error is not None:
        assert PASSWORD not in f"{error}{error!r}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@pytest.fixture
async def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def test_body_is_signed_for_whoever_knows_the_key(authority: Authority) -> None:
    async with open_web(authority.server("localhost")) as receiver, webhook(receiver.url, ca=authority.file) as hook:
        for delivery in (alert("b"), alert("b", State.RESOLVED), hostile("h")):
            await hook.send(delivery)
            asked = receiver.asked[-1]
            verified = Verifier(KEY).verify(asked.body, dict(asked.headers))
            assert verified["data"]["key"] == delivery.key
            assert asked.headers["content-type"] == "application/json"


async def test_alert_sent_again_has_the_same_id_and_body() -> None:
    async with open_web() as receiver, webhook(receiver.url) as hook:
        await hook.send(alert("b"))
        await hook.send(alert("b"))
        first, again = receiver.asked
        assert (first.body, first.headers["webhook-id"]) == (again.body, again.headers["webhook-id"])


async def test_server_that_nobody_vouches_for_is_told_nothing(authority: Authority) -> None:
    async with open_web(authority.server("localhost")) as receiver, webhook(receiver.url) as hook:
        assert "TLS: " in str(await failing(hook))
        assert receiver.asked == []


async def test_certificate_of_another_host_is_told_nothing(authority: Authority) -> None:
    async with open_web(authority.server("example.org")) as receiver, webhook(receiver.url, ca=authority.file) as hook:
        assert "TLS: " in str(await failing(hook))
        assert receiver.asked == []


async def test_server_without_tls_is_no_https_server(authority: Authority) -> None:
    async with open_web() as receiver, webhook(receiver.url.replace("http:", "https:"), ca=authority.file) as hook:
        await failing(hook)


async def test_port_that_nobody_listens_on_is_tried_again() -> None:
    (port,) = free_ports(1)
    async with webhook(f"http://localhost:{port}") as hook:
        assert f"http://localhost:{port}: " in str(await failing(hook))


@pytest.mark.parametrize("answer", [drips(0.02), falls_silent()])
async def test_slow_answer_ends_in_its_time(answer: Answer) -> None:
    async with open_web() as receiver, webhook(receiver.url, timeout_s=0.5) as hook:
        receiver.always = answer
        assert "within 0.5 s" in str(await failing(hook))


async def test_answer_cut_in_the_middle_is_tried_again() -> None:
    async with open_web() as receiver, webhook(receiver.url) as hook:
        receiver.always = cuts()
        await failing(hook)


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503])
async def test_server_in_trouble_is_tried_again(status: int) -> None:
    async with open_web() as receiver, webhook(receiver.url) as hook:
        receiver.always = answers(status)
        assert f"answered {status}" in str(await failing(hook))


async def test_server_says_when_it_is_to_be_tried_again() -> None:
    async with open_web() as receiver, webhook(receiver.url) as hook:
        receiver.always = answers(429, retry_after="17")
        assert (await failing(hook)).retry_after_s == 17
        receiver.always = answers(503, retry_after="Fri, 31 Dec 2100 23:59:59 GMT")
        assert (await failing(hook)).retry_after_s is not None
        receiver.always = answers(429, retry_after="soon")
        assert (await failing(hook)).retry_after_s is None


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
async def test_refusal_is_for_good_and_repeats_no_word_of_the_server(status: int) -> None:
    async with open_web() as receiver, webhook(receiver.url) as hook:
        receiver.always = answers(status, f"no such hook: {PASSWORD}".encode())
        with pytest.raises(DeliveryRefusedError) as raised:
            await hook.send(alert("b"))
        assert_unseen(raised.value)


async def test_redirect_is_not_followed() -> None:
    async with open_web() as metadata, open_web() as receiver, webhook(receiver.url) as hook:
        receiver.always = answers(307, location=f"{metadata.url}/latest/meta-data/")
        assert "redirects are not followed" in str(await failing(hook))
        assert metadata.asked == []


@pytest.mark.parametrize("answer", [answers(200, b"x" * (10 * MEGABYTE)), never_ends()])
async def test_long_answer_is_not_held(answer: Answer) -> None:
    async with open_web() as receiver, webhook(receiver.url) as hook:
        receiver.always = answer
        await hook.send(alert("b"))
        assert len(receiver.asked) == 1


async def test_packed_answer_is_not_unpacked() -> None:
    async with open_web() as receiver, webhook(receiver.url) as hook:
        receiver.always = answers(200, gzip.compress(b"\0" * (50 * MEGABYTE)), content_encoding="gzip")
        await hook.send(alert("b"))


async def test_file_of_authorities_that_is_none_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for path in (tmp_path / "ca.pem", tmp_path / "nothing.pem"):
        with pytest.raises(StartError, match=r"\.pem"):
            Http(SecretStr("https://x"), path, connect_s=1, timeout_s=1)


async def test_body_of_hostile_words_is_json() -> None:
    async with open_web() as receiver, webhook(receiver.url) as hook:
        await hook.send(hostile("b"))
        assert json.loads(receiver.asked[0].body)["data"]["limit"] is None
        assert set(receiver.asked[0].headers) >= {"webhook-id", "webhook-timestamp", "webhook-signature"}
        assert "bcc" not in receiver.asked[0].headers
