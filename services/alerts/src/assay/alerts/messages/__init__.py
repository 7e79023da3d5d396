"""What people read of a breach."""

from assay.alerts.messages.message import Message
from assay.alerts.messages.notices import Notice, notices

__all__ = ["Message", "Notice", "notices"]
