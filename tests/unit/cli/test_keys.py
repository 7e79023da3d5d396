"""Key files are made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.cli.errors import CommandError
from assay.cli.keys import create
from assay.streaming.keys import KeyFile


def test_a_key_file_is_made_that_validation_reads(tmp_path: Path) -> None:
    create(tmp_path / "keys.json")
    assert KeyFile.read(tmp_path / "keys.json", "X").newest.id


def test_a_key_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    create(tmp_path / "keys.json")
    with pytest.raises(CommandError, match="is there already"):
        create(tmp_path / "keys.json")


def test_a_key_file_in_a_place_that_can_not_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="can't be written"):
        create(tmp_path / "file" / "keys.json")
