"""Ports of 127.0.0.1 for brokers and services of one run."""

from __future__ import annotations

import os
import secrets
import socket

__all__ = ["PORTS", "free_ports", "is_free", "part_of_ports"]

PORTS = "ASSAY_PORTS"
"""The variable that narrows the ports of a process and its children: `20000-25999`. Runs side by side take a part each."""

# Below the ephemeral ranges of Linux and macOS: no outgoing connection takes one while its server restarts.
_RANGE = range(20_000, 32_000)

_given: set[int] = set()
"""Ports that were given out, whose owners may not listen yet."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, and nobody in this process was given before.

    Who binds later must cope with a port that another process took meanwhile.
    """
    choice, found = _range(), list[int]()
    while len(found) < count:
        port = secrets.choice(choice)
        if port not in _given and is_free(port):
            _given.add(port)
            found.append(port)
    return found


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def part_of_ports(number: int, parts: int) -> str:
    """The text of `PORTS` for one of several runs side by side, counted from 0: no port is in two of them."""
    size = len(_RANGE) // parts
    first = _RANGE.start + number * size
    return f"{first}-{first + size - 1}"


def _range() -> range:
    first, _, last = os.environ.get(PORTS, "").partition("-")
    return range(int(first), int(last) + 1) if first else _RANGE
