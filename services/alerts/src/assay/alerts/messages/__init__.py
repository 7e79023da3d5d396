"""What people read of a breach."""

from assay.alerts.messages.message import Message

__all__ = ["Message"]
