"""A process that sends by Apprise for the service: it may hang, and is ended then; a thread could not be.

One question a frame, one answer a frame. The URL of the channel comes with the question, so it is seen in no list of
processes. What Apprise logs goes nowhere: its lines may name the address.
"""

from __future__ import annotations

import json
import logging
import signal
from typing import BinaryIO

import apprise

from assay.alerts.delivery.question import Outcome, Question
from assay.runtime.child import LENGTH, answer, at_work

__all__ = ["main", "sent"]

MEMORY_BYTES = 1_500_000_000
MARGIN_S = 5


def main() -> None:
    """Answer questions until there are no more; one that takes longer than it may ends the process."""
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [logging.NullHandler()], False
    with at_work(MEMORY_BYTES) as (questions, answers):
        answer(answers, b"")  # it is up
        while frame := _frame(questions):
            question: Question = json.loads(frame)
            signal.alarm(int(question["timeout_s"]) + MARGIN_S)  # also where nobody is left to end it
            outcome = sent(question)
            signal.alarm(0)
            answer(answers, json.dumps(outcome).encode())


def sent(question: Question) -> Outcome:
    """Send, and say what came of it."""
    service = _service(question)
    if service is None:
        return {"status": "unfit"}
    sender = apprise.Apprise()
    sender.add(service)
    form = _form(service)
    kind = apprise.NotifyType.FAILURE if question["failure"] else apprise.NotifyType.SUCCESS
    is_taken = sender.notify(body=question["forms"][form], title=question["title"], notify_type=kind, body_format=form)
    return {"status": "taken" if is_taken else "failed"}


def _service(question: Question) -> apprise.NotifyBase | None:
    """The service of the URL; targets replace those of the URL, and are never read as a part of it."""
    if question["targets"] is None:
        return apprise.Apprise.instantiate(question["url"], suppress_exceptions=True)
    parts = apprise.plugins.url_to_dict(question["url"])  # type: ignore[no-untyped-call]  # it states no types
    if not parts or "targets" not in parts:
        return None
    return apprise.Apprise.instantiate({**parts, "targets": list(question["targets"])}, suppress_exceptions=True)


def _form(service: apprise.NotifyBase) -> str:
    """The form that a service shows: Markdown where it can, HTML in mails, and what the URL asks for before either."""
    return next((form for form in ("markdown", "html") if service.resolve_format(form).value == form), "text")


def _frame(questions: BinaryIO) -> bytes:
    head = questions.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return b""
    return questions.read(LENGTH.unpack(head)[0])


if __name__ == "__main__":
    main()
