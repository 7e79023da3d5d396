"""Keys go where Kafka's own clients would put them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.streaming.publisher import partition_of_key

# murmur2 of these keys as Apache Kafka's UtilsTest has them
KNOWN = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "hashed"), KNOWN.items())
def test_a_key_has_the_partition_that_javas_client_gives_it(key: bytes, hashed: int) -> None:
    assert partition_of_key(key, 12) == (hashed & 0x7FFFFFFF) % 12


@given(st.binary(max_size=64), st.integers(1, 200))
def test_every_key_has_a_partition_of_the_topic(key: bytes, partitions: int) -> None:
    assert 0 <= partition_of_key(key, partitions) < partitions
