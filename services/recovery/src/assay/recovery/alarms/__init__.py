"""Alarms on invalid data: when people are told, of what, and when it is over."""
