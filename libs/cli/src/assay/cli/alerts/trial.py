"""A breach that need not be: who would hear of it, through which channel, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.api.alerts.v1.alerts_pb2 import (
    AlertRecipient,
    Measurement,
    MeasurementKind,
    RouteRequest,
    RouteResponse,
    Severity,
)
from assay.cli.alerts.asking import CALL_S, alerts
from assay.cli.alerts.words import severity_word
from assay.cli.errors import CommandError
from assay.cli.letters.facts import word
from assay.cli.plain import plain

__all__ = ["asked", "routed", "show_route"]

MOST_BYTES = 256 * 1024
KINDS = {
    "promise": MeasurementKind.MEASUREMENT_KIND_PROMISE,
    "invalid records": MeasurementKind.MEASUREMENT_KIND_INVALID_RECORDS,
    "invalid_records": MeasurementKind.MEASUREMENT_KIND_INVALID_RECORDS,
    "service": MeasurementKind.MEASUREMENT_KIND_SERVICE,
}
IGNORED = ("state", "kept")
"""What a measurement may say and a breach that is tried does not need: it fires."""


async def routed(address: str, request: RouteRequest) -> RouteResponse:
    """Return who would hear of a breach.

    Raises:
        CallError: the service knows no such contract, promise or breach, or the channels file is none.
    """
    async with alerts(address) as stub:
        return await stub.Route(request, timeout=CALL_S)


def asked(breach: str, channels: Path | None) -> RouteRequest:
    """Return the question about a measurement in a file, or about a breach by its id, by the rules of a file if one is given.

    Raises:
        CommandError: a file can't be read, or is no measurement.
    """
    rules = _text(channels).decode(errors="replace") if channels else ""
    file = Path(breach)
    if file.is_file():
        return RouteRequest(measurement=measurement_of(file), channels=rules)
    if file.suffix in (".json", ".yaml", ".yml"):
        raise CommandError(f"{breach} is no file; name a file with a measurement, or the id of a breach")
    return RouteRequest(breach=breach, channels=rules)


def measurement_of(file: Path) -> Measurement:
    """Return the measurement that a JSON or YAML file states; what `assay alerts show --json` writes is one too.

    Raises:
        CommandError: it can't be read, or is none.
        ContractError: it is no YAML.
    """
    from assay.contracts.document import parse

    value = parse(_text(file), str(file)).value
    for name in ("breach", "fired"):
        inner = value.get(name)
        value = inner if isinstance(inner, dict) else value
    return _measurement(value, str(file))


def _measurement(value: Mapping[str, object], file: str) -> Measurement:
    from assay.contracts.words import did_you_mean

    found, fields = Measurement(), Measurement.DESCRIPTOR.fields_by_name
    for name, said in value.items():
        if name not in fields:
            raise CommandError(
                f"{file}: a measurement has no {name!r}{did_you_mean(name, fields)}; it has {', '.join(fields)}"
            )
        if name in IGNORED or said is None:
            continue
        try:
            if name == "kind":
                found.kind = KINDS[str(said)]
            elif name == "first_steps":
                found.first_steps.extend(said)  # type: ignore[arg-type]  # protobuf refuses what is no list of texts
            else:
                setattr(found, name, float(str(said)) if name == "value" else said)
        except (KeyError, TypeError, ValueError) as error:
            raise CommandError(f"{file}: {name} can't be {str(said)[:60]!r}{_may_be(name)}") from error
    return found


def _may_be(name: str) -> str:
    return "; it is promise, invalid records or service" if name == "kind" else ""


def _text(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            text = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}") from error
    if len(text) > MOST_BYTES:
        raise CommandError(f"{file} has more than {MOST_BYTES:,} bytes")
    return text


def show_route(found: RouteResponse, console: Console) -> None:
    """Print how bad it would be, who would hear of it through which channel, and who is reached by none."""
    console.print(plain(found.title), style="bold")
    why = "; ".join(found.severity_reasons)
    console.print(severity_word(found.severity).append(": ").append(plain(why)), soft_wrap=True)
    if found.alerts:
        console.print(_table(found))
    else:
        console.print("no route leads anywhere: nobody would hear of it", style="bold red")
    if found.unreached:
        console.print("Reached by no channel", style="bold red")
        for each in found.unreached:
            console.print(Text("  ").append(_who(each)).append("  ").append(plain(each.why)), soft_wrap=True)


def _table(found: RouteResponse) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("channel", no_wrap=True, style="cyan")
    table.add_column("who", overflow="fold")
    table.add_column("as", no_wrap=True)
    table.add_column("why", overflow="fold")
    for alert in found.alerts:
        for number, each in enumerate(alert.recipients):
            table.add_row(plain(alert.channel) if not number else "", _who(each), plain(each.role), plain(each.why))
        table.add_row("", Text(""), Text(""), Text("by ", "dim").append(plain(alert.why)), end_section=True)
    return table


def _who(recipient: AlertRecipient) -> Text:
    contact = f" <{recipient.contact}>" if recipient.contact else ""
    return plain(f"{recipient.id}{contact}")


def severity_name(found: RouteResponse) -> str:
    """Return the severity in a word."""
    return word(Severity.DESCRIPTOR, found.severity)
