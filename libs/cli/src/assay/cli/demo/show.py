"""What a person sees while the demo runs: steps, and a bar for each long wait."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

__all__ = ["Show"]


class Show:
    """Writes to one console; where that is no terminal, a bar becomes the line that ends it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, title: str) -> None:
        """Begin a part of the demo."""
        self._console.print(f"\n[bold]{title}[/bold]")

    def say(self, line: str) -> None:
        """Say something that a person may want to know."""
        self._console.print(Padding(Text(line), (0, 0, 0, 2)))

    @contextlib.contextmanager
    def bar(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show how much is done; call what this gives with the number done so far."""
        columns = (
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.description:<34}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console, transient=False) as progress:
            task = progress.add_task(title, total=total)
            yield lambda done: progress.update(task, completed=done)
