"""What can go wrong while a laptop or a test runs brokers and services."""

from __future__ import annotations

from pathlib import Path

from assay.runtime import AssayError

__all__ = [
    "BrokerUnavailableError",
    "ChildDiedError",
    "NotReadyError",
    "PortInUseError",
    "TestkitError",
    "WorkspaceError",
]


class TestkitError(AssayError):
    """Base of the errors of this package; its message says what to do."""

    __test__ = False


class BrokerUnavailableError(TestkitError):
    """A broker of this kind cannot be had here."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"no {kind} broker: {reason}")
        self.kind = kind
        self.reason = reason


class ChildDiedError(TestkitError):
    """A child process ended although nobody asked it to."""

    def __init__(self, name: str, code: int, tail: str) -> None:
        super().__init__(f"{name} ended with exit code {code}; its last words:\n{tail or '(none)'}")
        self.name = name
        self.code = code
        self.tail = tail


class NotReadyError(TestkitError):
    """A child process lives but did not get ready in time."""

    def __init__(self, name: str, waited_s: float, tail: str) -> None:
        super().__init__(f"{name} is not ready after {waited_s:g} s; its last words:\n{tail or '(none)'}")
        self.name = name
        self.waited_s = waited_s
        self.tail = tail


class PortInUseError(TestkitError):
    """Somebody else listens on the port of a service."""

    def __init__(self, name: str, port: int) -> None:
        super().__init__(
            f"port {port} of {name} is in use: is Assay running already? Stop what listens there, or use free ports"
        )
        self.name = name
        self.port = port


class WorkspaceError(TestkitError):
    """The map of the running system cannot be read or does not fit together."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
