"""Runs the README's first command as a stranger does: a fresh clone, nothing beside it, a home with nothing in it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN_S = 1_200.0
OURS = ("ASSAY_", "PYTHON", "TOX_", "UV_", "VIRTUAL_ENV", "XDG_")


def main() -> None:
    """Clone, `pip install uv`, run the demo; exit with its code. Its JSON is the last line of stdout."""
    with tempfile.TemporaryDirectory(prefix="assay-fresh-") as folder:
        home, clone = Path(folder, "home"), Path(folder, "assay")
        env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | {"HOME": str(home)}
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        subprocess.run([sys.executable, "-m", "venv", str(home / "python")], check=True)
        python = home / "python" / "bin"
        subprocess.run([str(python / "pip"), "install", "--quiet", "uv"], check=True, env=env)
        command = [str(python / "uv"), "run", "assay", "demo", "--json"]
        sys.exit(subprocess.run(command, cwd=clone, env=env, timeout=RUN_S, check=False).returncode)


if __name__ == "__main__":
    main()
