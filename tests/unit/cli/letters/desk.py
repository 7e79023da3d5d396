"""Another recovery service, with a registry beside it: they answer what a test tells them, over real gRPC."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import grpc
from google.protobuf.message import Message
from typer.testing import CliRunner

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.registry.v1 import registry_pb2
from assay.cli.__main__ import app
from assay.cli.errors import words

__all__ = ["Desk", "Said", "assay", "desk"]

_SERVICES = {
    pb: pb.DESCRIPTOR.services_by_name["RecoveryService"],
    registry_pb2: registry_pb2.DESCRIPTOR.services_by_name["RegistryService"],
}


HELD_S = 60.0


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, object]]:
        """Each line of stdout as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Answer:
    """What one call comes to."""

    messages: tuple[Message, ...]
    code: grpc.StatusCode | None = None
    details: str = ""
    is_held: bool = False


@dataclass
class Desk:
    """Answers by the name of a call: a message, several for a stream, or a code with its details; the last one again.

    `holding` is set once a call is held open.
    """

    address: str = ""
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    holding: Event = field(default_factory=Event)
    asked: list[tuple[str, Message]] = field(default_factory=list)
    callers: list[dict[str, str]] = field(default_factory=list)

    def says(self, call: str, *messages: Message) -> None:
        self.answers[call] = [Answer(messages)]

    def refuses(self, call: str, code: grpc.StatusCode, details: str) -> None:
        self.answers[call] = [Answer((), code, details)]

    def breaks_off(self, call: str, first: Message, *then: Message) -> None:
        """The first call ends with an error behind its message, the next one goes on."""
        self.answers[call] = [Answer((first,), grpc.StatusCode.UNAVAILABLE, "gone"), Answer(then)]

    def holds(self, call: str, *messages: Message) -> None:
        """The call is not ended from here."""
        self.answers[call] = [Answer(messages, is_held=True)]

    def of(self, call: str) -> list[Message]:
        """Every request of a call."""
        return [request for name, request in self.asked if name == call]

    def answer(self, call: str, request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        self.asked.append((call, request))
        self.callers.append(_caller(dict(context.invocation_metadata())))
        answers = self.answers.get(call, [Answer((), grpc.StatusCode.UNIMPLEMENTED, "nobody told me")])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        yield from answer.messages
        if answer.is_held:
            ended = Event()
            context.add_callback(ended.set)
            self.holding.set()
            ended.wait(HELD_S)
        if answer.code:
            context.abort(answer.code, answer.details)


def _caller(metadata: Mapping[str, str | bytes]) -> dict[str, str]:
    found = {name: metadata.get(f"assay-{name}-bin", b"") for name in ("actor", "reason")}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in found.items()}


@contextlib.contextmanager
def desk() -> Iterator[Desk]:
    """Both on a free port."""
    here = Desk()
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    for module, service in _SERVICES.items():
        handlers = {
            method.name: _handler(here, method.name, getattr(module, f"{method.name}Request"), method.server_streaming)
            for method in service.methods
        }
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service.full_name, handlers)])
    here.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield here
    finally:
        server.stop(None).wait()


def _handler(here: Desk, name: str, request: type[Message], is_stream: bool) -> grpc.RpcMethodHandler[Message, Message]:
    def many(asked: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        return here.answer(name, asked, context)

    def one(asked: Message, context: grpc.ServicerContext) -> Message:
        return next(here.answer(name, asked, context))

    make = grpc.unary_stream_rpc_method_handler if is_stream else grpc.unary_unary_rpc_method_handler
    handler = make(many if is_stream else one, request.FromString, lambda answer: answer.SerializeToString())
    assert isinstance(handler, grpc.RpcMethodHandler)
    return handler


def assay(*arguments: str, columns: int = 100, entered: str | None = None) -> Said:
    """Run a command as a person would, with so wide a terminal; an error that is told counts as its words."""
    environment = {"COLUMNS": str(columns), "ASSAY_ACTOR": "ana", "NO_COLOR": "1", "UV": None}
    result = CliRunner().invoke(app, ["dead-letters", *arguments], env=environment, input=entered)
    if result.exception is None or isinstance(result.exception, SystemExit):
        return Said(result.exit_code, result.stdout, result.stderr)
    lines = words(result.exception)
    if lines is None:
        raise result.exception
    return Said(1, result.stdout, "\n".join(lines))
