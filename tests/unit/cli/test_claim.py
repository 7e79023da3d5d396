from __future__ import annotations

from pathlib import Path

import pytest

from assay.cli.claim import claimed
from assay.cli.demo import workbench
from assay.cli.errors import CommandError


def test_a_folder_is_free_again_when_its_user_is_done(tmp_path: Path) -> None:
    with claimed(tmp_path / "up", "--data"):
        pass

    with claimed(tmp_path / "up", "--data"):
        assert not (tmp_path / "up").exists()


def test_a_demo_does_not_empty_the_folder_that_assay_up_stands_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbench, "home", lambda: tmp_path)
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "registry.db").touch()

    with (
        claimed(tmp_path / "demo", "--data"),
        pytest.raises(CommandError, match=r"at work in .*; stop it, or name another folder with --keep DIR"),
        workbench.opened(None),
    ):
        pass

    assert (tmp_path / "demo" / "registry.db").exists()
