"""The approvals beside contract files, and what proves each of them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from assay.cli.errors import CommandError
from assay.cli.life.git import repository
from assay.cli.life.reviews import Review, approving, read_reviews
from assay.contracts.diff import SUFFIX, Approval, Papers, Witness, read_approval

__all__ = ["approvals_folder", "papers_of"]


def approvals_folder(path: Path) -> Path:
    """Where the approvals for a contract file, or for the contracts of a folder, are."""
    return (path if path.is_dir() else path.parent) / "approvals"


def papers_of(files: Sequence[Path], reviews: Path | None, *, must_verify: bool = False) -> Papers:
    """The approvals beside the files, witnessed by reviews if they are given, else by git as far as it goes.

    Raises:
        ContractError: a file of approvals is none.
        CommandError: the reviews are none.
    """
    folders = dict.fromkeys(approvals_folder(file) for file in files)
    found = [
        read_approval(each.read_bytes(), str(each)) for folder in folders for each in sorted(folder.glob(f"*{SUFFIX}"))
    ]
    given = None if reviews is None else approving(read_reviews(reviews))

    def witness(approval: Approval) -> Witness:
        return _witness(Path(approval.file), given)

    return Papers(found, witness, datetime.datetime.now(datetime.UTC).date().isoformat(), must_verify)


def _witness(file: Path, reviews: dict[str, Review] | None) -> Witness:
    try:
        git = repository(file)
        commit = git.last_commit(file)
    except CommandError:
        return Witness(None if reviews is None else frozenset())
    if reviews is None:
        return Witness(None, commit.signer, commit.author)
    text, path = file.read_bytes(), git.path(file)
    saw = (name for name, each in reviews.items() if not each.commit or git.text(each.commit, path) == text)
    return Witness(frozenset(saw), commit.signer, commit.author)
