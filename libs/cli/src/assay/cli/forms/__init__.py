"""Contracts from and to other forms."""
