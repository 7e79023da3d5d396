"""Dead letters that failed alike have one name; nothing of a value is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.api.validation.v1 import verdict_pb2 as pb
from assay.contracts import Violation
from assay.recovery.identity import identity_in, identity_of
from assay.streaming import HeaderError, headers


def named(path: str = "/a", found: str = "string", producer: str = "") -> str:
    return identity_of("orders", "1.0.0", "schema", Violation(path, "type", "integer", found), producer).fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (named("/lines/0/sku"), named("/lines/17/sku")),
        (named(found="string of 1 character"), named(found="string of 30 characters")),
        (named(found="array of 1 item"), named(found="array of 2 items")),
        (named(found="object of 1 property"), named(found="object of 2 properties")),
        (named(found=f"5 bytes, sha256 {'a1' * 32}"), named(found=f"77 bytes, sha256 {'b2' * 32}")),
    ],
)
def test_place_in_an_array_and_size_make_no_other_failure(one: str, other: str) -> None:
    assert one == other


def test_path_shape_and_producer_make_another_failure() -> None:
    assert len({named(), named("/b"), named(found="null"), named(producer="till")}) == 4


@given(st.text(), st.text(), st.text(), st.text())
def test_any_headers_have_a_name_of_sixteen_hexadecimal_digits(contract: str, reason: str, path: str, app: str) -> None:
    packed = pb.Violations(violations=[pb.Violation(path=path.encode(errors="replace").decode(), rule="type")])
    texts = {headers.CONTRACT: contract, headers.REASON: reason, headers.PRODUCER: app}
    found = {name: text.encode(errors="replace") for name, text in texts.items()}
    fingerprint = identity_in({**found, headers.VIOLATIONS: packed.SerializeToString()}).fingerprint
    assert len(fingerprint) == 16
    assert set(fingerprint) <= set("0123456789abcdef")


def test_headers_and_verdict_name_the_same_failure() -> None:
    packed = pb.Violations(violations=[pb.Violation(path="/a", rule="type", expected="integer", found="string")])
    found = {
        headers.CONTRACT: b"orders@1.0.0",
        headers.REASON: b"schema",
        headers.VIOLATIONS: packed.SerializeToString(),
    }
    assert identity_in(found).fingerprint == named()


def test_violations_that_can_not_be_read_name_no_failure() -> None:
    with pytest.raises(HeaderError):
        identity_in({headers.VIOLATIONS: b"\xff"})
