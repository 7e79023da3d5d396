"""What the registry keeps as a tree of files that is stable under git: the same state, the same bytes.

`contracts/<id>/<version>.odcs.yaml` is a contract as it was published, `contracts/<id>/versions.json` what became of its
versions; every other table is a folder with a file for each row, its longer texts in files of their own.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path
from urllib.parse import quote

from assay.cli.backup_file import Row, rows_of
from assay.cli.errors import CommandError

__all__ = ["write_tree"]

_MARK = "registry.json"
_FORMAT = "assay.registry.export/1"
_NOT_STATE = {"audit"}
_TALLY = ("one",)
_COUNTERS = {"revision", "last_entry", "contracts_seen"}
_NAME_LIMIT = 120
_TEXT_COLUMNS = {"text", "schema", "schema_text"}


def write_tree(folder: Path, backup: Path) -> int:
    """Write the tree of a backup into the folder, in the place of an older one; return how many files it has.

    Raises:
        CommandError: the folder holds what no export wrote, or can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = _folders_of(folder)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".export-") as scratch:
            fresh = Path(scratch)
            _write(fresh, backup)
            for name in before:
                shutil.rmtree(folder / name, ignore_errors=True)
            for entry in sorted(fresh.iterdir()):
                entry.replace(folder / entry.name)
    except OSError as error:
        raise CommandError(f"{folder} can't be written: {error}") from error
    return sum(1 for name in _folders_of(folder) for file in (folder / name).rglob("*") if file.is_file()) + 1


def _folders_of(folder: Path) -> list[str]:
    """The folders of the export that is there; none in a folder without one."""
    mark = folder / _MARK
    if mark.exists():
        try:
            found = json.loads(mark.read_bytes())
            names = [name for name in found["folders"] if name.isidentifier()]
            if found["format"] == _FORMAT:
                return names
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
    elif all(entry.name.startswith(".") for entry in folder.iterdir()):
        return []
    raise CommandError(f"{folder} holds what no export wrote; name a new folder")


def _write(fresh: Path, backup: Path) -> None:
    versions: dict[str, list[dict[str, object]]] = defaultdict(list)
    history: dict[str, object] = {}
    for row in rows_of(backup):
        if row.table == "history":
            history = row.values
        elif row.table == "contract_versions":
            versions[str(row.values["contract"])].append(_contract(fresh, row))
        elif row.table not in _NOT_STATE and row.key != _TALLY:
            _plain(fresh, row)
    for contract, known in versions.items():
        _put(
            fresh / "contracts" / _name(contract) / "versions.json",
            sorted(known, key=lambda one: str(one["id"]).zfill(20)),
        )
    folders = sorted(entry.name for entry in fresh.iterdir())
    facts = {"format": _FORMAT, "epoch": history.get("epoch"), "last_id": history.get("last_id"), "folders": folders}
    _put(fresh / _MARK, facts)


def _contract(fresh: Path, row: Row) -> dict[str, object]:
    """Write the text of a version; return what else is known of it."""
    contract, version, text = (row.values[key] for key in ("contract", "version", "text"))
    file = fresh / "contracts" / _name(str(contract)) / f"{_name(str(version))}.odcs.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else str(text).encode())
    return {key: value for key, value in row.values.items() if key not in {"contract", "text", *_COUNTERS}}


def _plain(fresh: Path, row: Row) -> None:
    """Write any other row, named by its key, its texts beside it."""
    facts = {key: value for key, value in row.values.items() if key not in _COUNTERS}
    base = fresh / row.table / "/".join(_name(str(row.values[name])) for name in row.key)
    base.parent.mkdir(parents=True, exist_ok=True)
    for name, value in list(facts.items()):
        if isinstance(value, bytes) or (name in _TEXT_COLUMNS and isinstance(value, str)):
            content = value if isinstance(value, bytes) else value.encode(errors="surrogatepass")
            base.with_name(f"{base.name}.{name}").write_bytes(content)
            facts[name] = {"file": f"{base.name}.{name}"}
    _put(base.with_name(f"{base.name}.json"), facts)


def _put(file: Path, value: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    file.write_bytes(text.encode(errors="surrogatepass") + b"\n")


def _name(text: str) -> str:
    """A name of a file for any text: nothing of it leads elsewhere, and two texts never share one."""
    safe = quote(text, safe=" ()+,=@", errors="replace")
    if safe.startswith("."):
        safe = f"%2E{safe[1:]}"
    if len(safe) <= _NAME_LIMIT and safe and safe == safe.strip():
        return safe
    return f"{safe.strip()[:_NAME_LIMIT]}~{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:16]}"
