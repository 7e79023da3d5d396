"""Our reading of .proto text against protoc's own: the same descriptor, and text that protoc reads as the same again."""

from __future__ import annotations

import base64
from pathlib import Path

import grpc_tools
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc

from assay.contracts.compatibility import Kind, SchemaText
from assay.contracts.schemas import formatted, read_schema
from assay.contracts.schemas.protobuf import plain

HERE = Path(__file__).parent
KNOWN = Path(grpc_tools.__file__).parent / "_proto"
FILES = ["every_word.proto", "presence.proto", "edition.proto", "opts.proto"]


def compiled(text: str, name: str, into: Path) -> FileDescriptorProto:
    """What protoc makes of a text that may import `opts.proto`."""
    for each, content in (("opts.proto", (HERE / "opts.proto").read_text()), (name, text)):
        (into / each).write_text(content)
    out = into / "out"
    assert protoc.main(["protoc", f"-I{into}", f"-I{KNOWN}", f"--descriptor_set_out={out}", name]) == 0
    return FileDescriptorSet.FromString(out.read_bytes()).file[0]


def schema(text: str) -> SchemaText:
    return SchemaText(Kind.PROTOBUF, text, {"opts.proto": (HERE / "opts.proto").read_text()})


def in_base64(file: FileDescriptorProto) -> str:
    return base64.b64encode(file.SerializeToString()).decode()


@pytest.mark.parametrize("name", FILES)
def test_descriptor_is_the_one_that_protoc_makes(name: str, tmp_path: Path) -> None:
    text = (HERE / name).read_text()
    ours = FileDescriptorProto.FromString(base64.b64decode(formatted(schema(text), "serialized")))
    assert ours == plain(compiled(text, name, tmp_path))


@pytest.mark.parametrize("name", FILES)
def test_text_and_what_protoc_makes_of_it_are_one_schema(name: str, tmp_path: Path) -> None:
    text = (HERE / name).read_text()
    sent = read_schema(schema(in_base64(compiled(text, name, tmp_path))))
    assert sent.identity == read_schema(schema(text)).identity


@pytest.mark.parametrize("name", FILES)
def test_text_of_a_descriptor_is_read_by_protoc_as_that_descriptor(name: str, tmp_path: Path) -> None:
    file = compiled((HERE / name).read_text(), name, tmp_path)
    kept = read_schema(schema(in_base64(file))).text
    assert plain(compiled(kept, name, tmp_path)) == plain(file)
