"""Generates the Python face of protos/ into protos/src."""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).parent
GENERATED = ROOT / "src"


def generate(target: Path) -> None:
    """Write messages, stubs and their types for every .proto below `target`."""
    os.environ["PATH"] = (
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # where protoc finds its plugins
    )
    sources = sorted(str(path) for path in (ROOT / "assay").rglob("*.proto"))
    code = protoc.main(
        [
            "protoc",
            f"--proto_path={ROOT}",
            f"--proto_path={resources.files('grpc_tools') / '_proto'}",
            f"--python_out={target}",
            f"--grpc_python_out={target}",
            f"--mypy_out={target}",
            f"--mypy_grpc_out=only_async:{target}",
            *sources,
        ]
    )
    if code:
        sys.exit(code)


def stale(fresh: Path) -> list[str]:
    """Return the generated files that are missing, left over, or differ from `fresh`."""
    made = {p.relative_to(fresh) for p in fresh.rglob("*_pb2*")}
    kept = {p.relative_to(GENERATED) for p in GENERATED.rglob("*_pb2*") if p.suffix != ".pyc"}
    same = {p for p in made & kept if filecmp.cmp(fresh / p, GENERATED / p, shallow=False)}
    return sorted(str(p) for p in (made | kept) - same)


def main() -> None:
    """Generate, or check that what is committed is what would be generated."""
    parser = argparse.ArgumentParser(description=__doc__)
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--check", action="store_true", help="change nothing; exit 1 if stale")
    way.add_argument("--write", action="store_true", help="write what is stale")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        wrong = stale(fresh)
        if check and wrong:
            sys.exit("stale, run `uv run tox -e protos -- --write`: " + ", ".join(wrong))
        if not check:
            shutil.copytree(fresh, GENERATED, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
