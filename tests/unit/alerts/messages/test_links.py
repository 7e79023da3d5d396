from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import Breach
from assay.alerts.messages.links import addresses, fault_of
from tests.unit.alerts.routing.house import measured


def filled(template: str, contract: str) -> list[tuple[str, str]]:
    fired = measured(contract=contract)
    return list(addresses({"console": template}, Breach(fired, fired), fired))


def test_names_are_filled_in() -> None:
    found = filled("https://assay.example/{contract}?promise={promise}&of={version}", "orders")
    assert found == [("console", "https://assay.example/orders?promise=p&of=1.0.0")]


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert(1)",
        "ftp://assay.example/",
        "//assay.example/",
        "https://",
        "https://{contract}/",
        "https://user@{contract}.example/",
        "https://assay.example/{contrat}",
        "https://assay.example/ {contract}",
    ],
)
def test_template_that_is_no_address_has_a_fault_and_leads_nowhere(template: str) -> None:
    assert fault_of(template)
    assert filled(template, "orders") == []


@given(st.text(max_size=200))
def test_no_contract_changes_where_an_address_leads(contract: str) -> None:
    ((_, address),) = filled("https://assay.example/contracts/{contract}/now?a=1", contract)
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("https", "assay.example", "a=1", "")
    assert parts.path.split("/")[:2] == ["", "contracts"]
    assert parts.path.count("/") == 3
    assert ".." not in parts.path.split("/")
    assert unquote(parts.path.split("/")[2], errors="replace") == contract.encode("utf-8", "replace").decode()
