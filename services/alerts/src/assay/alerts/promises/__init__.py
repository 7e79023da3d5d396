"""Promises measured in the stream: windows that close, what they come to, and when people are called about it."""
