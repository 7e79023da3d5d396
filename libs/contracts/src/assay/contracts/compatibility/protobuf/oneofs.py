"""Fields that come and go between a message and its oneofs: of a oneof, only the last that was written is read."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.descriptor_pb2 import DescriptorProto

from assay.contracts.compatibility.findings import Break, Sample
from assay.contracts.compatibility.protobuf.samples import Written

__all__ = ["oneof_breaks"]


def oneof_breaks(reader: DescriptorProto, writer: DescriptorProto, of: Written, path: str) -> Iterator[Break]:
    """What the reader's oneofs lose of what was written."""
    read, written = _members(reader), _members(writer)
    there = {field.number for field in reader.field}
    names = {field.number: field.name for field in writer.field}
    for oneof, numbers in written.items():
        gone = [number for number in numbers if number not in there]
        if oneof in read or len(gone) < len(numbers):
            for number in gone:
                message = (
                    f"{names[number]} is no member of the oneof {oneof} any more, and others of it are still there"
                )
                passes = "the member kept, or the whole oneof and all its members removed"
                sample = Sample(of.with_fields(number))
                yield Break(f"{path}.{oneof}", "protobuf-oneof-member-removed", message, passes, sample=sample)
    origins = {number: oneof for oneof, numbers in written.items() for number in numbers}
    for oneof, numbers in read.items():
        yield from _moved(oneof, [number for number in numbers if number in names], (origins, written), (of, path))


def _moved(
    oneof: str,
    numbers: list[int],
    known: tuple[dict[int, str], dict[str, list[int]]],
    at: tuple[Written, str],
) -> Iterator[Break]:
    """Members that were written outside the oneof, or in several."""
    (origins, written), (of, path) = known, at
    outside = [number for number in numbers if number not in origins]
    inside = {origins[number] for number in numbers if number in origins}
    if len(outside) + len(inside) > 1 or (outside and oneof in written):
        first = [next(number for number in numbers if origins.get(number) == each) for each in sorted(inside)]
        both = [*outside[:2], *first][:2]
        message = f"fields that were written side by side are in the oneof {oneof} now: only one of them is read"
        passes = "one field in a new oneof, or the fields outside of it"
        sample = Sample(of.with_fields(*both))
        yield Break(f"{path}.{oneof}", "protobuf-fields-moved-into-oneof", message, passes, sample=sample)


def _members(message: DescriptorProto) -> dict[str, list[int]]:
    """The numbers of each oneof; that of an optional field of proto3 is none."""
    found: dict[str, list[int]] = {}
    for field in message.field:
        if field.HasField("oneof_index") and not field.proto3_optional:
            found.setdefault(message.oneof_decl[field.oneof_index].name, []).append(field.number)
    return found
