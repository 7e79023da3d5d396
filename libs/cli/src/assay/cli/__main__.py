"""The `assay` command: its groups, and what becomes of an error."""

from __future__ import annotations

import sys

import typer

from assay.cli import contract, keys, records, registry, sla, up, validate
from assay.cli.alerts import command as alerts
from assay.cli.bench import command as bench
from assay.cli.demo import command as demo
from assay.cli.drift import command as drift
from assay.cli.experiment import command as experiment
from assay.cli.letters import command as dead_letters
from assay.cli.model import command as model
from assay.cli.performance import command as performance

__all__ = ["app", "main"]

app = typer.Typer(
    name="assay",
    help="Assay keeps the promises that data makes.\n\nA contract says what a stream of records looks like, means and "
    "guarantees. Assay judges every record by it, keeps, explains, repairs and replays the bad ones, and tells owners "
    "and consumers when a promise is broken. Start with: assay demo",
    epilog="Exit codes: 0 fine, 1 refused or failed, 2 wrong usage, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command("demo")(demo.demo)
app.command("up")(up.up)
app.command("validate")(validate.validate)
app.add_typer(contract.app, name="contract")
app.add_typer(model.app, name="model")
app.add_typer(registry.app, name="registry")
app.add_typer(bench.app, name="bench")
app.add_typer(experiment.app, name="experiment")
app.add_typer(records.app, name="records")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(alerts.app, name="alerts")
app.add_typer(drift.app, name="drift")
app.add_typer(performance.app, name="performance")
app.add_typer(keys.app, name="keys")
app.add_typer(sla.app, name="sla")


def main() -> None:
    """Run the command line and exit: 0 fine, 1 refused or failed, 2 wrong usage, 130 interrupted."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the rim: what is known becomes a line, what is not keeps its trace
        sys.exit(_told(error))


def _told(error: Exception) -> int:
    # What is raised was imported before; a command that succeeds never pays for this.
    from assay.cli.errors import words

    lines = words(error)
    if lines is None:
        raise error
    sys.stderr.write("assay: " + "\n".join(lines) + "\n")
    return 1


if __name__ == "__main__":
    main()
