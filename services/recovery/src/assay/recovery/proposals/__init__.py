"""Proposes flows: what the dead letters of a failure and their contract say about how they could be repaired. Pure."""

from assay.recovery.proposals.search import Proposal, Proposals, Search

__all__ = ["Proposal", "Proposals", "Search"]
