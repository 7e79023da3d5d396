"""Runs the `run:` steps of a workflow of GitHub Actions as its runner does, with stand-ins for the forge alone."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Forge", "Outcome", "run_job"]

STEP_S = 120

GH = """\
#!/bin/sh
case "$1" in
  api) cat "$FORGE/reviews.json" ;;
  pr) cp "$5" "$FORGE/comment.md" ;;
esac
"""
UV = '#!/bin/sh\n[ "$1 $2" = "tool install" ] && [ -n "$3" ]\n'


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job came to: the step that failed, if one did, and all that was written."""

    failed: str
    said: str


@dataclass(frozen=True, slots=True)
class Forge:
    """What a runner would bring along: the commands `gh` and `uv`, and the reviews of the pull request."""

    folder: Path
    context: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        for name, text in (("gh", GH), ("uv", UV)):
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o755)

    @property
    def comment(self) -> str:
        """The comment of the pull request as it is now."""
        return (self.folder / "comment.md").read_text()

    def reviewed(self, reviews: str) -> None:
        """These are the reviews from now on."""
        (self.folder / "reviews.json").write_text(reviews)


async def run_job(workflow: Path, job: str, repository: Path, forge: Forge) -> Outcome:
    """Run the steps of a job in a work tree, one after the other, until one fails; then only those that always run."""
    document = yaml.safe_load(await asyncio.to_thread(workflow.read_text))
    steps = document["jobs"][job]["steps"]
    env = _env(document, forge) | _env(document["jobs"][job], forge)
    temporary = forge.folder / "runner"
    await asyncio.to_thread(temporary.mkdir, exist_ok=True)
    path = os.pathsep.join([str(forge.folder), str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, **env, "PATH": path, "FORGE": str(forge.folder), "RUNNER_TEMP": str(temporary)}
    failed, said = "", ""
    for step in steps:
        if "run" not in step or (failed and step.get("if") != "always()"):
            continue
        code, words = await _run(step["run"], repository, env | _env(step, forge))
        said += words
        failed = failed or ("" if code == 0 else step["name"])
    return Outcome(failed, said)


def _env(holder: dict[str, Any], forge: Forge) -> dict[str, str]:
    def value(found: re.Match[str]) -> str:
        return forge.context[found[1]]

    return {name: re.sub(r"\$\{\{ *([^ }]+) *\}\}", value, str(text)) for name, text in holder.get("env", {}).items()}


async def _run(script: str, folder: Path, env: dict[str, str]) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script, cwd=folder, env=env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(STEP_S):
        said, _ = await process.communicate()
    return process.returncode, said.decode()
