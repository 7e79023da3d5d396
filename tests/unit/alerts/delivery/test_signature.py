from __future__ import annotations

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from standardwebhooks import Webhook

from assay.alerts.delivery.signature import headers, read_keys
from assay.runtime import StartError
from assay.runtime.clock import SystemClock

KEY = bytes(range(32))
PRINTABLE = set(string.printable) - set(string.whitespace)


@given(st.text(), st.text(alphabet=st.characters(codec="utf-8")))
def test_signature_is_what_the_standard_says(key: str, body: str) -> None:
    at_s = SystemClock().now_ms() // 1_000
    signed = headers(key, at_s, body.encode(), [KEY])
    if signed["webhook-id"]:
        Webhook(KEY).verify(body.encode(), dict(signed), json_parse=False)


def test_while_a_key_is_changed_either_verifies() -> None:
    signed = headers("k", SystemClock().now_ms() // 1_000, b"{}", [KEY, bytes(24)])
    Webhook(KEY).verify(b"{}", dict(signed))
    Webhook(bytes(24)).verify(b"{}", dict(signed))


@given(st.text(min_size=1))
def test_id_is_fit_for_a_header_and_holds_no_dot(key: str) -> None:
    name = headers(key, 1, b"", [KEY])["webhook-id"]
    assert set(name) <= PRINTABLE - {"."}
    assert len(name) <= 512


def test_id_of_plain_words_is_the_key() -> None:
    assert headers("f1-17/firing/hook/", 1, b"", [KEY])["webhook-id"] == "f1-17/firing/hook/"


def test_secret_is_base64_after_its_prefix_or_the_text_itself() -> None:
    text = f"whsec_{base64.b64encode(KEY).decode()} a-long-enough-secret"
    assert read_keys(SecretStr(text)) == [KEY, b"a-long-enough-secret"]


@pytest.mark.parametrize("text", ["short", "whsec_!!!!", "whsec_c2hvcnQ=", ""])
def test_secret_that_can_be_guessed_or_read_is_refused_unsaid(text: str) -> None:
    with pytest.raises(StartError) as raised:
        read_keys(SecretStr(text))
    assert "short" not in str(raised.value).replace("so short", "")
