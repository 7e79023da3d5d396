"""Breaches to owners and consumers, and the notice that it is over."""
