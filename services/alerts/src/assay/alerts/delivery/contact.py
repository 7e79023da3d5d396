"""Mail addresses out of contracts, taken only where they can't be read as anything else. Pure."""

from __future__ import annotations

import re

__all__ = ["mail_address"]

MOST = 254
MOST_LOCAL = 64
_ADDRESS = re.compile(r"[A-Za-z0-9._+=-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9-]*[A-Za-z0-9]")


def mail_address(contact: str) -> str | None:
    """Return the one address that a contact is, or None.

    No name beside it, no second address, no quotes, no space, no control character and no sign that means something in
    a URL or in a header of a mail: a contract can name whom to write to, and nothing else.
    """
    text = contact.removeprefix("mailto:")
    if len(text) > MOST or not text.isascii() or not _ADDRESS.fullmatch(text):
        return None
    local, _, domain = text.partition("@")
    is_fit = (
        len(local) <= MOST_LOCAL and ".." not in local and not local.startswith((".", "-")) and not local.endswith(".")
    )
    return text if is_fit and not domain.startswith("-") else None
