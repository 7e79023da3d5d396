"""Reads what a .proto text declares beside messages: enums, services, ranges of numbers."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, ServiceDescriptorProto

from assay.contracts.compatibility.protobuf.options import take_option, take_options
from assay.contracts.compatibility.protobuf.tokens import Tokens

__all__ = ["MOST_NUMBER", "read_enum", "read_extensions", "read_reserved", "read_service"]

MOST_NUMBER = 2**29 - 1
"""The highest number of a field."""

_MOST_CONSTANT = 2**31 - 1


def read_enum(tokens: Tokens, enum: EnumDescriptorProto) -> None:
    """Fill an enum with what comes after the word."""
    enum.name = tokens.name()
    tokens.take("{")
    while not tokens.takes("}"):
        word = tokens.take()
        if word == "option" and tokens.next != "=":
            take_option(tokens, enum.options)
        elif word == "reserved" and tokens.next != "=":
            _reserved_constants(tokens, enum)
        elif word != ";":
            _constant(tokens, enum, word)
        if word != ";":
            tokens.take(";")


def _constant(tokens: Tokens, enum: EnumDescriptorProto, name: str) -> None:
    tokens.take("=")
    number = _constant_number(tokens)
    value = enum.value.add(name=name, number=number)
    if tokens.next == "[":
        take_options(tokens, value.options)


def _constant_number(tokens: Tokens) -> int:
    number = tokens.number()
    if not -_MOST_CONSTANT - 1 <= number <= _MOST_CONSTANT:
        raise tokens.error(f"{number} has more than 32 bits")
    return number


def _reserved_constants(tokens: Tokens, enum: EnumDescriptorProto) -> None:
    if _is_number(tokens):
        for first, last in _ranges(tokens, _MOST_CONSTANT):
            enum.reserved_range.add(start=first, end=last)
    else:
        enum.reserved_name.extend(_names(tokens))


def read_reserved(tokens: Tokens, message: DescriptorProto) -> None:
    """Numbers or names that no field may have."""
    if _is_number(tokens):
        for first, last in _ranges(tokens, MOST_NUMBER):
            message.reserved_range.add(start=first, end=last + 1)
    else:
        message.reserved_name.extend(_names(tokens))


def read_extensions(tokens: Tokens, message: DescriptorProto) -> None:
    """Numbers that are left to extensions."""
    made = [message.extension_range.add(start=a, end=b + 1) for a, b in _ranges(tokens, MOST_NUMBER)]
    if tokens.next == "[":
        take_options(tokens, made[0].options)
        for each in made[1:]:
            each.options.CopyFrom(made[0].options)


def _is_number(tokens: Tokens) -> bool:
    return tokens.next[:1].isdigit() or tokens.next[:1] in ("-", "+")


def _ranges(tokens: Tokens, most: int) -> Iterator[tuple[int, int]]:
    while True:
        first = last = tokens.number()
        if tokens.takes("to"):
            last = most if tokens.takes("max") else tokens.number()
        if not -_MOST_CONSTANT - 1 <= first <= last <= most:
            raise tokens.error(f"{first} to {last} is no range")
        yield first, last
        if not tokens.takes(","):
            return


def _names(tokens: Tokens) -> Iterator[str]:
    while True:
        yield tokens.text() if tokens.next[:1] in ('"', "'") else tokens.name()
        if not tokens.takes(","):
            return


def read_service(tokens: Tokens, service: ServiceDescriptorProto) -> None:
    """Fill a service with what comes after the word."""
    service.name = tokens.name()
    tokens.take("{")
    while not tokens.takes("}"):
        match tokens.take():
            case "option":
                take_option(tokens, service.options)
                tokens.take(";")
            case "rpc":
                _rpc(tokens, service)
            case ";":
                pass
            case word:
                raise tokens.error(f"{word[:40]!r} begins nothing that a service may hold")


def _rpc(tokens: Tokens, service: ServiceDescriptorProto) -> None:
    method = service.method.add(name=tokens.name())
    method.input_type, is_stream = _message_of(tokens)
    if is_stream:
        method.client_streaming = True
    tokens.take("returns")
    method.output_type, is_stream = _message_of(tokens)
    if is_stream:
        method.server_streaming = True
    if not tokens.takes("{"):
        tokens.take(";")
        return
    while not tokens.takes("}"):
        if not tokens.takes(";"):
            tokens.take("option")
            take_option(tokens, method.options)
            tokens.take(";")


def _message_of(tokens: Tokens) -> tuple[str, bool]:
    tokens.take("(")
    name = tokens.name()
    is_stream = name == "stream" and tokens.next != ")"
    if is_stream:
        name = tokens.name()
    tokens.take(")")
    return name, is_stream
