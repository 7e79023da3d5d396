"""Logs what comes of predictions: actions, outcomes, labels, skew samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from assay.api.models.v1 import outcome_pb2 as pb
from assay.client.analytical.lists import check_item, check_relevance
from assay.client.analytical.rows import stamp
from assay.client.analytical.setting import Setting
from assay.client.producer import Producer
from assay.contracts.analytical import contract_id

__all__ = ["Afterwards", "Sampled"]

Sampled = float | int | bool | str | None
"""A feature on one side of a skew sample; None where it is missing there."""


class Afterwards:
    """Each is an event of its own, keyed by prediction id, with the guarantees of the producer's emit."""

    def __init__(
        self, producer: Producer, setting: Setting, new_id: Callable[[], str], now_ms: Callable[[], int]
    ) -> None:
        self._producer = producer
        self._setting = setting
        self._new_id = new_id
        self._now_ms = now_ms

    async def action(
        self,
        prediction_id: str,
        name: str,
        *,
        action_id: str = "",
        is_exposed: bool | None = None,
        rank: int | None = None,
        slot: str = "",
        overridden_by: Literal["", "rule", "human"] = "",
        variant: str = "",
        user: str = "",
        item: str = "",
        at_ms: int | None = None,
    ) -> str:
        """Log what the product did with a prediction, like `shown`; return the action's id.

        Raises:
            AnswerError: it is about an item, and the model is no ranking.
        """
        check_item(self._setting, item)
        found = action_id or self._new_id()
        message = pb.Action(
            prediction_id=prediction_id,
            acted_at=stamp(self._at(at_ms)),
            model=self._setting.model,
            action_id=found,
            name=name,
            is_exposed=is_exposed,
            rank=rank,
            slot=slot or None,
            overridden_by=overridden_by or None,
            variant=variant or None,
            user=user or None,
            item=item or None,
        )
        await self._emit("actions", message.SerializeToString(), prediction_id)
        return found

    async def outcome(
        self,
        prediction_id: str,
        name: str,
        *,
        outcome_id: str = "",
        value: float | None = None,
        currency: str = "",
        count: int | None = None,
        action_id: str = "",
        variant: str = "",
        user: str = "",
        item: str = "",
        at_ms: int | None = None,
    ) -> str:
        """Log what happened after a prediction, like `purchase`; return the outcome's id.

        Raises:
            AnswerError: it is about an item, and the model is no ranking.
        """
        check_item(self._setting, item)
        found = outcome_id or self._new_id()
        message = pb.Outcome(
            prediction_id=prediction_id,
            observed_at=stamp(self._at(at_ms)),
            model=self._setting.model,
            outcome_id=found,
            name=name,
            value=value,
            currency=currency or None,
            count=count,
            action_id=action_id or None,
            variant=variant or None,
            user=user or None,
            item=item or None,
        )
        await self._emit("outcomes", message.SerializeToString(), prediction_id)
        return found

    async def label(
        self,
        prediction_id: str,
        *,
        label: str = "",
        value: float | None = None,
        revision: int = 0,
        source: Literal["", "human", "system", "rule"] = "",
        confidence: float | None = None,
        is_withdrawn: bool = False,
        item: str = "",
        at_ms: int | None = None,
    ) -> None:
        """Log the truth about a prediction: a class, or a value. A higher revision replaces all lower ones.

        Of a ranking it is about one `item`, in the list or not, and the value is how relevant that is, from 0.

        Raises:
            AnswerError: it names an item and the model is no ranking, or the other way round; or it is no relevance.
        """
        check_relevance(self._setting, item, value, is_withdrawn=is_withdrawn)
        message = pb.Label(
            prediction_id=prediction_id,
            labelled_at=stamp(self._at(at_ms)),
            model=self._setting.model,
            revision=revision,
            label=label or None,
            value=value,
            source=source or None,
            confidence=confidence,
            is_withdrawn=is_withdrawn or None,
            item=item or None,
        )
        await self._emit("labels", message.SerializeToString(), prediction_id)

    async def skew(
        self,
        prediction_id: str,
        feature: str,
        *,
        online: Sampled,
        offline: Sampled,
        earlier: Sampled = None,
        as_of_ms: int | None = None,
        at_ms: int | None = None,
    ) -> None:
        """Log a feature that was computed again: what the model was given, and what it should have been given."""
        message = pb.SkewSample(
            prediction_id=prediction_id,
            sampled_at=stamp(self._at(at_ms)),
            model=self._setting.model,
            model_version=self._setting.version,
            schema_id=self._setting.features.id,
            feature=feature,
            online_number=_number(online),
            online_text=_text(online),
            offline_number=_number(offline),
            offline_text=_text(offline),
            as_of=None if as_of_ms is None else stamp(as_of_ms),
            earlier_number=_number(earlier),
            earlier_text=_text(earlier),
        )
        await self._emit("skew", message.SerializeToString(), prediction_id)

    def _contract(self, role: str) -> str:
        return contract_id(self._setting.model, role)

    def _at(self, at_ms: int | None) -> int:
        return self._now_ms() if at_ms is None else at_ms

    async def _emit(
        self, role: str, value: bytes, key: str, *, traceparent: str | None = None, event_id: str = ""
    ) -> None:
        found = event_id or self._new_id()
        await self._producer.emit(self._contract(role), value, key, found, traceparent=traceparent)


def _number(value: Sampled) -> float | None:
    return None if value is None or isinstance(value, str) else float(value)


def _text(value: Sampled) -> str | None:
    return value if isinstance(value, str) else None
