"""Pairs of schemas compared without recursion, each one once, with a bound on the work and circles told apart.

A rule is a generator: it asks for a pair by yielding it and is sent the breaks of that pair, none if it is compatible.
A pair that is asked for while it is being compared counts as compatible, on trust. Where that trust was wrong,
everything is compared again with what is known to break, until nothing more is found or the whole breaks (a greatest fixpoint): so a circle
can't hide a break.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Generic, TypeVar

from assay.contracts.compatibility.findings import Break

__all__ = ["Budget", "BudgetSpentError", "Compare", "Pairs"]

Key = TypeVar("Key")
Ask = TypeVar("Ask")

Answer = tuple[Break, ...]
Compare = Generator[Ask, Answer, Answer]


class BudgetSpentError(Exception):
    """A comparison took all the work that it may take."""


class Budget:
    """Work that may still be done; one unit is about the comparison of two small schemas."""

    def __init__(self, units: int) -> None:
        self._left = units

    def take(self, units: int = 1) -> None:
        """Pay for work to be done.

        Raises:
            BudgetSpentError: there is not so much left.
        """
        self._left -= units
        if self._left < 0:
            raise BudgetSpentError


class Pairs(Generic[Ask, Key]):
    """Compares the pair it is asked for and all those that its rules ask for."""

    def __init__(self, compare: Callable[[Ask], Compare[Ask]], key: Callable[[Ask], Key], budget: Budget) -> None:
        self._compare, self._key, self._budget = compare, key, budget
        self._broken: dict[Key, Answer] = {}
        self._fine: set[Key] = set()

    def answer(self, ask: Ask) -> Answer:
        """The breaks of a pair.

        Raises:
            BudgetSpentError: there is no proof within the budget.
        """
        while True:
            trusted: set[Key] = set()
            fine: set[Key] = set()
            answer = self._pass(ask, trusted, fine)
            is_proved = not any(key in self._broken for key in trusted)
            if is_proved:
                self._fine |= fine
            if answer or is_proved:
                return answer

    def _pass(self, ask: Ask, trusted: set[Key], fine: set[Key]) -> Answer:
        if (known := self._broken.get(self._key(ask), () if self._key(ask) in self._fine else None)) is not None:
            return known
        stack = [(self._key(ask), self._compare(ask))]
        is_open, reply = {stack[0][0]}, None
        while stack:
            key, running = stack[-1]
            try:
                asked = next(running) if reply is None else running.send(reply)
            except StopIteration as done:
                reply = self._settled(key, done.value, fine)
                is_open.discard(key)
                stack.pop()
                continue
            self._budget.take()
            wanted = self._key(asked)
            reply = self._broken.get(
                wanted, () if wanted in fine or wanted in self._fine or wanted in is_open else None
            )
            if reply is None:
                is_open.add(wanted)
                stack.append((wanted, self._compare(asked)))
            elif wanted in is_open:
                trusted.add(wanted)
        return reply or ()

    def _settled(self, key: Key, answer: Answer, fine: set[Key]) -> Answer:
        if answer:
            self._broken[key] = answer
        else:
            fine.add(key)
        return answer
