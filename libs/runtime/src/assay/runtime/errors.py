"""Errors that every process knows."""

from __future__ import annotations

__all__ = ["AssayError", "StartError", "TransientError"]


class AssayError(Exception):
    """Base of every error that Assay raises on purpose; its message is for people."""


class StartError(AssayError):
    """The process can't start; the message says what is wrong, where, and what to do."""


class TransientError(AssayError):
    """The same call may succeed later."""
