"""Ports of 127.0.0.1 for brokers and services of one run."""

from __future__ import annotations

import secrets
import socket

__all__ = ["free_ports", "is_free"]

# Below the ephemeral ranges of Linux and macOS: no outgoing connection takes one while its server restarts.
_RANGE = range(20_000, 32_000)


_given: set[int] = set()
"""Ports that were given out, whose owners may not listen yet."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, and nobody in this process was given before.

    Who binds later must cope with a port that another process took meanwhile.
    """
    found: list[int] = []
    while len(found) < count:
        port = secrets.choice(_RANGE)
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
