from __future__ import annotations

from io import StringIO

from rich.console import Console

from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.api.alerts.v1.promise_pb2 import (
    BurnRate,
    ContractStatus,
    Evaluation,
    PartitionStanding,
    PromiseStatus,
    Standing,
    Status,
)
from assay.cli.alerts.listing import show_list
from assay.cli.alerts.page import show_breach
from assay.cli.alerts.standing import show_statuses
from assay.cli.alerts.tailing import in_a_line
from assay.cli.alerts.trial import show_route
from assay.cli.alerts.ways import show_channels

NOW_MS = 1_795_694_400_000
EVIL = "[bold]x[/bold] \x1b[2J \u202e [link=https://evil.example]y[/link]"


def console() -> tuple[Console, StringIO]:
    out = StringIO()
    return Console(file=out, width=140, highlight=False, force_terminal=False), out


def breach(**more: object) -> pb.Breach:
    fired = pb.Measurement(contract="orders", measured="7.4 % missing", window_start_ms=NOW_MS - 7_200_000)
    said = {
        "id": "9f2c4e77aa01b2c3-1",
        "fired": fired,
        "latest": fired,
        "severity": pb.SEVERITY_CRITICAL,
        "title": "orders: bad",
    }
    return pb.Breach(**(said | more))  # type: ignore[arg-type]  # what a test says


def test_list_says_what_is_open_how_bad_and_what_comes_next() -> None:
    on, out = console()
    show_list(pb.ListBreachesResponse(breaches=[breach()]), on, NOW_MS, 50)
    assert "1 open, 0 over" in out.getvalue()
    assert "9f2c4e77" in out.getvalue()
    assert "CRITICAL" in out.getvalue()
    assert "2 h" in out.getvalue()
    assert out.getvalue().rstrip().endswith("alerts show 9f2c4e77")


def test_nothing_broken_is_said_in_a_line() -> None:
    on, out = console()
    show_list(pb.ListBreachesResponse(), on, NOW_MS, 50)
    assert out.getvalue() == "nothing is broken\n"


def alert(**more: object) -> pb.BreachAlert:
    said = {
        "state": pb.BREACH_STATE_FIRING,
        "channel": "mail",
        "recipients": [pb.AlertRecipient(id=name) for name in "abcde"],
    }
    return pb.BreachAlert(**(said | more))  # type: ignore[arg-type]  # what a test says


def test_page_says_how_each_alert_stands() -> None:
    on, out = console()
    alerts = [
        alert(delivered_ms=NOW_MS - 60_000, attempts=2),
        alert(gave_up_ms=NOW_MS, attempts=9, error="refused"),
        alert(attempts=1, next_try_ms=NOW_MS + 4_000, error="timed out"),
        alert(),
    ]
    show_breach(pb.GetBreachResponse(breach=breach(), alerts=alerts), on, NOW_MS)
    shown = out.getvalue()
    assert "a, b, c and 2 more" in shown
    assert "delivered 1 min ago, at attempt 3" in shown
    assert "gave up after 9 attempts: refused" in shown
    assert "waits after 1 attempt, next in 4 s: timed out" in shown


def test_breach_that_was_told_with_another_says_so() -> None:
    on, out = console()
    show_breach(pb.GetBreachResponse(breach=breach(under="stuck/orders-1")), on, NOW_MS)
    assert "told with stuck/orders" in out.getvalue()
    assert "told with its cause, not by itself" in out.getvalue()


def test_status_names_partitions_in_trouble_and_how_fast_a_budget_burns() -> None:
    on, out = console()
    promise = PromiseStatus(
        promise="nulls",
        status=Status.STATUS_AT_RISK,
        latest=Evaluation(words="email missing: 7.4 % (74 of 1000 rows), promised at most 2 % an hour"),
        burn_rates=[BurnRate(over_s=3_600, rate=3.7), BurnRate(over_s=21_600, rate=float("inf"))],
    )
    partitions = [
        PartitionStanding(topic="orders.raw.app", partition=place, standing=standing)
        for place, standing in enumerate((Standing.STANDING_MOVING, Standing.STANDING_STUCK, Standing.STANDING_STUCK))
    ]
    stands = [ContractStatus(contract="orders", promises=[promise], partitions=partitions)]
    show_statuses(pb.ListStatusesResponse(statuses=stands), on, NOW_MS)
    shown = out.getvalue()
    assert "orders.raw.app 1 moving, 2 stuck (1, 2)" in shown
    assert "7.4 % (74 of 1000 rows)" in shown
    assert "3.7x" in shown
    assert "∞" in shown
    assert "at risk" in shown


def test_route_names_who_is_reached_by_no_channel() -> None:
    on, out = console()
    ghost = pb.AlertRecipient(id="ghost", role="consumer", why="reads all of orders")
    show_route(pb.RouteResponse(severity=pb.SEVERITY_INFO, unreached=[ghost]), on)
    assert "nobody would hear of it" in out.getvalue()
    assert "ghost  reads all of orders" in out.getvalue()


def test_tail_says_what_fires_what_the_newest_window_came_to_and_what_is_over() -> None:
    later = pb.Measurement(contract="orders", measured="9 % missing, promised at most 2 %", window="11:00 to 12:00 UTC")
    kept = pb.Measurement(contract="orders", measured="1 % missing, promised at most 2 %", window="12:00 to 13:00 UTC")
    assert in_a_line(breach(), NOW_MS).plain == "12:00:00   CRITICAL   9f2c4e77  orders: bad"
    assert in_a_line(breach(latest=later), NOW_MS).plain.endswith("9f2c4e77  orders: 9 % missing (11:00 to 12:00 UTC)")
    over = in_a_line(breach(latest=later, resolved=kept), NOW_MS).plain
    assert over == "12:00:00  over        9f2c4e77  orders: 1 % missing (12:00 to 13:00 UTC)"


def test_words_of_others_are_neither_markup_nor_control_characters() -> None:
    on, out = console()
    evil = breach(title=EVIL, severity_reasons=[EVIL], under=EVIL)
    message = pb.BreachMessage(title=EVIL, lines=[pb.MessageLine(label=EVIL, text=EVIL)], steps=[EVIL])
    show_list(pb.ListBreachesResponse(breaches=[evil]), on, NOW_MS, 1)
    show_breach(
        pb.GetBreachResponse(breach=evil, message=message, alerts=[alert(channel=EVIL, error=EVIL)]), on, NOW_MS
    )
    show_route(
        pb.RouteResponse(title=EVIL, severity_reasons=[EVIL], unreached=[pb.AlertRecipient(id=EVIL, why=EVIL)]), on
    )
    show_channels([pb.Channel(name=EVIL, kind=EVIL, error=EVIL)], on, NOW_MS)
    stands = [ContractStatus(contract=EVIL, promises=[PromiseStatus(promise=EVIL, promised=EVIL, why=EVIL)])]
    show_statuses(pb.ListStatusesResponse(statuses=stands), on, NOW_MS)
    on.print(in_a_line(evil, NOW_MS))
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()
    assert "[bold]x[/bold]" in out.getvalue()
