"""Addresses that lead from an alert to where more is known: templates of the channels file, filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from assay.alerts.breaches import Breach, Measurement

__all__ = ["NAMES", "addresses", "fault_of"]

NAMES = ("contract", "promise", "breach", "fingerprint", "version")
"""What a template may name in braces."""

MAX_PART = 200
MAX_ADDRESS = 2_000
_NAMED = re.compile(r"\{([^{}]*)\}")


def fault_of(template: str) -> str | None:
    """Return what is wrong with a template of an address, in words; None where nothing is."""
    if not template.isprintable() or " " in template or len(template) > MAX_ADDRESS:
        return "an address has no spaces and no control characters, and at most 2,000 letters"
    if urlsplit(template).scheme not in ("http", "https") or not urlsplit(template).hostname:
        return "an address begins with https:// or http://, and names a host"
    if "{" in urlsplit(template).netloc:
        return "the host of an address is no placeholder"
    if unknown := [name for name in _NAMED.findall(template) if name not in NAMES]:
        return f"{{{unknown[0]}}} is none of {', '.join(f'{{{name}}}' for name in NAMES)}"
    return None


def addresses(templates: Mapping[str, str], breach: Breach, measurement: Measurement) -> tuple[tuple[str, str], ...]:
    """Return each template with its names filled in, percent-encoded: nothing of a contract changes where it leads."""
    values = {
        "contract": measurement.contract,
        "promise": measurement.promise,
        "breach": breach.id,
        "fingerprint": measurement.fingerprint,
        "version": measurement.contract_version,
    }
    safe = {name: _encoded(value) for name, value in values.items()}
    sound = {name: template for name, template in templates.items() if fault_of(template) is None}
    return tuple((name, _NAMED.sub(lambda found: safe[found[1]], template)) for name, template in sound.items())


def _encoded(value: str) -> str:
    """A path of dots alone would lead elsewhere; so its dots are encoded too."""
    told = quote(value[:MAX_PART], safe="", errors="replace")
    return told.replace(".", "%2E") if not value.strip(".") else told
