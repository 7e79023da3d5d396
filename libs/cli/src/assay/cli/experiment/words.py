"""A look at an experiment, for programs and for people."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.cli.experiment.reading import Columns, Users
from assay.cli.plain import plain
from assay.monitoring.experiments import Comparison, Experiment, Look

__all__ = ["as_json", "show"]

MANY_CROSSED = 0.01
STYLES = {"higher": "green", "lower": "red", "invalid": "bold red"}


def as_json(look: Look, experiment: Experiment, columns: Columns, users: Users) -> str:
    """Return the look as one JSON object."""
    balance = look.balance
    return json.dumps(
        {
            "metric": {"numerator": columns.numerator, "denominator": columns.denominator},
            "control": experiment.control,
            "alpha": experiment.alpha,
            "planned": experiment.planned_users,
            "looks": look.past.looks,
            "crossed": users.crossed,
            "balance": {"state": "kept" if balance.is_kept else "mismatch", **asdict(balance)},
            "comparisons": [_comparison(each) for each in look.comparisons],
            "past": look.past.as_json(),
        }
    )


def _comparison(found: Comparison) -> dict[str, object]:
    values, difference = found.values, found.difference
    return {
        "variant": found.variant,
        "state": found.state,
        "reason": found.reason,
        "n": found.users,
        "value": values[0] if values else None,
        "control_value": values[1] if values else None,
        "difference": difference.value if difference else None,
        "standard_error": difference.standard_error if difference else None,
        "lift": difference.lift if difference else None,
        "low": found.low,
        "high": found.high,
        "statistic": found.statistic,
        "p": found.p,
        "alpha": found.alpha,
        "decided_at": found.decided_at,
        "fixed": asdict(found.fixed) if found.fixed else None,
    }


def show(look: Look, experiment: Experiment, columns: Columns, users: Users, console: Console) -> None:
    """Print whether users are where they should be, and then each variant against the control."""
    _show_balance(look, console)
    if users.crossed:
        said = f"{users.crossed:,} users were in several variants and are left out"
        many = users.crossed > MANY_CROSSED * (users.crossed + sum(look.balance.users.values()))
        console.print(Text(f"{said}; are variants given by user?" if many else said, "bold red" if many else ""))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("variant", overflow="fold")
    for heading in ("users", _metric(columns), "lift", "difference", "p"):
        table.add_column(heading, justify="right", overflow="fold")
    table.add_column("state", overflow="fold")
    control = next((each.values[1] for each in look.comparisons if each.values), None)
    table.add_row(
        plain(experiment.control),
        f"{look.balance.users[experiment.control]:,}",
        _number(control),
        "",
        "",
        "",
        "control",
    )
    for each in look.comparisons:
        table.add_row(plain(each.variant), f"{look.balance.users[each.variant]:,}", *_row(each))
    console.print(table)
    for each in look.comparisons:
        _show_reason(each, console)


def _show_balance(look: Look, console: Console) -> None:
    balance = look.balance
    whole = sum(balance.users.values())
    if not whole:
        console.print(Text("no user is of one variant alone, so there is nobody to compare", "bold red"))
        return
    shares = ", ".join(
        f"{name} {balance.users[name] / whole:.2%} of {share:.2%} expected" for name, share in balance.expected.items()
    )
    said = "as assigned" if balance.is_kept else "NOT as assigned, so no difference is to be believed"
    line = Text("users are ").append(said, "green" if balance.is_kept else "bold red")
    console.print(line.append(f" (p {balance.p:.3g}, alpha {balance.alpha:g}): ").append_text(plain(shares)))


def _row(found: Comparison) -> tuple[Text | str, ...]:
    state = Text(found.state, STYLES.get(found.state, ""))
    if found.values is None or found.difference is None:
        return "", "", "", "", state
    lift = "" if found.difference.lift is None else f"{found.difference.lift:+.2%}"
    interval = f"{_number(found.low)} … {_number(found.high)}"
    return _number(found.values[0]), lift, interval, f"{found.p:.3g}", state


def _show_reason(found: Comparison, console: Console) -> None:
    line = plain(found.variant).append(f": {found.reason} ({found.users:,} users, alpha {found.alpha:g})")
    if found.fixed and found.state != "invalid":
        interval = f"{_number(found.fixed.low)} … {_number(found.fixed.high)}, p {found.fixed.p:.3g}"
        if found.fixed.is_reached:
            line.append(f"; at the planned {found.fixed.planned_users:,.0f} users, for one look: {interval}")
        else:
            line.append(f"; {found.fixed.planned_users:,.0f} users were planned")
    console.print(line, highlight=False)


def _metric(columns: Columns) -> Text:
    return plain(f"{columns.numerator} per {columns.denominator or 'user'}")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"
