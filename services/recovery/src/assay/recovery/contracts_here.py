"""The contracts in force, as calls ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from assay.client import Version
from assay.contracts import Contract
from assay.recovery.desk import Desk
from assay.recovery.errors import ContractsUnheardError, ContractUnknownError
from assay.streaming.keys import Keys

__all__ = ["ContractsHere", "Told"]


class Told(Protocol):
    """What the registry told."""

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """The version in force of every contract."""
        ...

    @property
    def versions(self) -> Mapping[str, Mapping[str, Version]]:
        """Every version of every contract."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether it told all it has since this process started."""
        ...


class ContractsHere:
    """Finds contracts by id and by topic; a desk of one opens what is sealed with these keys."""

    def __init__(self, told: Told, keys: Keys | None) -> None:
        self._told = told
        self._keys = keys

    def named(self, contract: str) -> Contract:
        """Return the version of a contract that is in force.

        Raises:
            ContractUnknownError: there is none.
            ContractsUnheardError: nobody knows yet: the registry has not told of all.
        """
        found = self._told.contracts.get(contract)
        if found is None:
            if not self._told.is_ready:
                raise ContractsUnheardError
            raise ContractUnknownError(contract)
        return found

    def of_dead_letters(self, topic: str) -> Contract | None:
        """Return the contract whose dead letters stand on a topic, None where it is no such topic.

        Raises:
            ContractsUnheardError: nobody knows yet: the registry has not told of all.
        """
        found = next((each for each in self._told.contracts.values() if each.topics.dead_letters == topic), None)
        if found is None and not self._told.is_ready:
            raise ContractsUnheardError
        return found

    def desk(self, contract: Contract) -> Desk:
        """Return a desk that decides by this contract, with the versions that the registry told of; takes CPU."""
        return Desk(contract, self._told.versions.get(contract.id, {}), self._keys)
