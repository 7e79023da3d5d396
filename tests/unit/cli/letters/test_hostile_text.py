"""Whatever a producer or a caller wrote, a terminal shows it and does not obey it."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1.run_pb2 import Action
from tests.unit.cli.letters import samples
from tests.unit.cli.letters.desk import Desk, assay, desk

HOSTILE = "[bold]x[/] \x1b[2J\x1b]0;t\x07\r\u202e"
OURS = ("place", "fingerprint", "id")
"""What Assay wrote itself; commands look things up by it."""

COMMANDS = [
    ["list"], ["show", samples.FINGERPRINT], ["show", samples.PLACE], ["tail", "flights"], ["runs"], ["audit"],
    ["recover", "flights", "--dry-run"], ["propose", samples.FINGERPRINT],
]  # fmt: skip


def spoil(message: Message) -> None:
    """Put hostile text into every text, however deep."""
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.message_type is not None:
            for each in value if field.is_repeated else [value] if message.HasField(field.name) else []:
                spoil(each)
        elif isinstance(value, str) and field.name not in OURS:
            setattr(message, field.name, HOSTILE)


def all_hostile(here: Desk) -> None:
    action = Action(id="1", at_ms=samples.NOW, actor="ana", why="renamed", started=samples.run())
    answers: list[Message] = [
        pb.ListFailuresResponse(failures=[samples.failure()]),
        pb.GetFailureResponse(failure=samples.failure()),
        pb.GetDeadLetterResponse(letter=samples.letter(HOSTILE.encode())),
        pb.TailDeadLettersResponse(letter=samples.letter()),
        pb.ListRunsResponse(runs=[samples.run()]),
        pb.ListActionsResponse(actions=[action]),
        pb.TryRecoveryResponse(trial=samples.trial()),
        pb.ProposeFlowsResponse(proposals=[samples.proposal()], explanation=HOSTILE),
    ]
    for answer in answers:
        spoil(answer)
        here.says(answer.DESCRIPTOR.name.removesuffix("Response"), answer)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_text_of_others_neither_moves_the_cursor_nor_is_markup(command: list[str]) -> None:
    with desk() as here:
        all_hostile(here)
        said = assay(*command, "--recovery", here.address, columns=400)

    assert said.code == 0
    assert "[bold]x[/]" in said.out
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(said.out)
