"""Panes merged by key into windows of event time, and windows that are complete judged in their order."""
