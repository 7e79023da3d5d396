from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.delivery.contact import mail_address


@pytest.mark.parametrize(
    "contact", ["ana@example.org", "a.b+c_d-e@mail.example.co", "mailto:ops@example.org", "root@localhost"]
)
def test_address_is_taken(contact: str) -> None:
    assert mail_address(contact) == contact.removeprefix("mailto:")


@pytest.mark.parametrize(
    "contact",
    [
        "", "#ops", "ana", "@example.org", "ana@", "a@b@c", "a b@example.org", "ana@example.org,eve@example.org",
        "ana@example.org;eve@example.org", "ana@example.org eve@example.org", "Ana <ana@example.org>",
        "ana@example.org?bcc=eve@example.org", "ana@example.org&to=eve", "ana@example.org\r\nBcc: eve@example.org",
        "ana@example.org\n", "ana%0a@example.org", '"ana"@example.org', "ana@exa\u043cple.org", "ana@-example.org",
        "ana@example.org/x", "ana@[127.0.0.1]", "-oQ@example.org", "a..b@example.org", "a" * 65 + "@example.org",
        "ana@" + "a." * 130 + "org", "mailto://user:pass@host", "ana@example..org", "ana@example.org.",
    ],
)  # fmt: skip
def test_anything_else_is_not(contact: str) -> None:
    assert mail_address(contact) is None


@given(st.text() | st.from_regex(r"[a-z@.,;?&\s<>%\r\n]+", fullmatch=True))
def test_what_is_taken_means_nothing_in_a_url_or_a_header(contact: str) -> None:
    address = mail_address(contact)
    assert address is None or re.fullmatch(r"[A-Za-z0-9._+=-]+@[A-Za-z0-9.-]+", address)
