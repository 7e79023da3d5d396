"""What can be wrong with what monitoring is given."""

from __future__ import annotations

__all__ = ["MonitoringError", "ProfileError"]


class MonitoringError(Exception):
    """Base of everything that this package raises."""


class ProfileError(MonitoringError):
    """A text is no profile that can be read; the message says why."""
