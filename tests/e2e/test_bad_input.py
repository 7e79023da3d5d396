"""What a person or an app may get wrong: a clear line or a dead letter, the right exit code, nothing lost."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from assay.cli.applied import applied
from assay.cli.contracts import loaded
from assay.client import Accepted, Producer, RecordTooLargeError, Rejected
from assay.contracts import Contract
from assay.examples.flights import CONTRACTS
from assay.streaming import Record, headers, scan
from assay.streaming.keys import KeyFile
from assay.streaming.seal import unseal
from assay.testkit import Broker, Platform, eventually, load_workspace

_ASSAY = (sys.executable, "-m", "assay.cli")
_NOWHERE = "127.0.0.1:1"
_FOUND_S = 30


def test_a_typo_in_a_contract_file_is_shown_at_its_line(tmp_path: Path) -> None:
    text = (CONTRACTS / "flights.odcs.yaml").read_text()
    line = text[: text.index("assay.recovery")].count("\n") + 1
    (tmp_path / "flights.odcs.yaml").write_text(text.replace("assay.recovery", "assay.recvery"))

    code, output = _assay("contract", "lint", str(tmp_path))

    assert code == 1
    assert re.search(rf"flights\.odcs\.yaml:{line}: .*assay\.recvery", output), output


def test_nothing_is_published_while_a_file_has_findings(tmp_path: Path) -> None:
    (tmp_path / "half.odcs.yaml").write_text("apiVersion: v3.2.0\nkind: DataContract\n")

    code, output = _assay("contract", "apply", str(tmp_path), "--registry", _NOWHERE, "--broker", _NOWHERE)

    assert (code, "half.odcs.yaml:" in output, _NOWHERE in output) == (1, True, False)


@pytest.mark.parametrize(
    "command",
    [
        ["demo", "--broker", _NOWHERE],
        ["up", "--broker", _NOWHERE],
        ["contract", "apply", str(CONTRACTS), "--broker", _NOWHERE, "--registry", _NOWHERE],
    ],
    ids=lambda command: command[0],
)
def test_an_absent_broker_is_named(command: list[str], tmp_path: Path) -> None:
    folder = {"demo": ["--keep", str(tmp_path / "new")], "up": ["--data", str(tmp_path)]}.get(command[0], [])

    code, output = _assay(*command, *folder)

    last = output.strip().splitlines()[-1]
    assert (code, _NOWHERE in last, "Traceback" in output) == (1, True, False), output


@pytest.mark.parametrize(
    "command",
    [
        ["dead-letters", "list", "--recovery", _NOWHERE],
        ["sla", "run", "flights", "2013-02-08", "--warehouse", _NOWHERE],
    ],
    ids=lambda command: command[0],
)
def test_an_absent_service_is_named(command: list[str]) -> None:
    code, output = _assay(*command)

    assert code == 1
    assert re.fullmatch(r"assay: the \w+ service does not answer at 127.0.0.1:1; .*\n", output), output


def test_a_port_in_use_is_named_and_nothing_is_left_running(broker: Broker, tmp_path: Path) -> None:
    port = load_workspace().service("warehouse").grpc_port
    with _listening_on(port):
        code, output = _assay("up", "--broker", broker.bootstrap, "--data", str(tmp_path))

    assert (code, f"port {port} of warehouse is in use" in output, "Traceback" in output) == (1, True, False), output


def test_ctrl_c_stops_everything_and_is_no_failure(broker: Broker, tmp_path: Path) -> None:
    command = [*_ASSAY, "up", "--broker", broker.bootstrap, "--data", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as up:
        assert up.stderr is not None
        heard = []
        for line in up.stderr:
            heard.append(line)
            if "Ctrl-C" in line:
                up.send_signal(signal.SIGINT)

    assert up.returncode == 0, "".join(heard)
    assert sum("stopped" in line for line in heard) == len(load_workspace().services)


async def test_records_that_cannot_be_right_are_kept_or_refused_and_hold_up_nothing(
    broker: Broker, tmp_path: Path
) -> None:
    contracts = loaded([CONTRACTS])
    flights = next(contract for contract in contracts if contract.id == "flights")
    async with Platform(load_workspace(), broker, tmp_path) as platform, Producer(platform.address("ingestion")) as app:
        await applied(contracts, platform.address("registry"), broker.bootstrap)
        await _known(app, "flights")
        malformed = await (await app.emit_for_receipt("flights", b'{"year": 2013,', key="UA1"))
        unknown = await (await app.emit_for_receipt("trains", {"a": 1}, key="1"))
        with pytest.raises(RecordTooLargeError, match="flights"):
            await app.emit("flights", {"dest": "x" * 5_000_000}, key="UA1")
        assert isinstance(malformed, Accepted)
        source = f"{malformed.topic}/{malformed.partition}/{malformed.offset}"
        letter = await _dead_letter_of(broker, flights, source)
        keys = KeyFile.read(platform.layout.keys, "ASSAY_VALIDATION_KEYS")

    assert isinstance(unknown, Rejected)
    assert unknown.reason == "unknown_contract"
    assert letter.header(headers.REASON) == "malformed"
    assert letter.value != b'{"year": 2013,'
    assert unseal(letter, keys).value == b'{"year": 2013,'


async def _known(app: Producer, contract: str) -> None:
    """Return once the gateway has heard of the contract."""

    async def taken() -> bool:
        return isinstance(await (await app.emit_for_receipt(contract, b"not JSON either", key="UA2")), Accepted)

    await eventually(taken, within_s=_FOUND_S)


async def _dead_letter_of(broker: Broker, contract: Contract, source: str) -> Record:
    async def found() -> Record | None:
        letters = [letter async for letter in _dead_letters(broker, contract)]
        return next((letter for letter in letters if letter.header(headers.SOURCE) == source), None)

    letter = await eventually(found, within_s=_FOUND_S)
    assert letter is not None
    return letter


async def _dead_letters(broker: Broker, contract: Contract) -> AsyncIterator[Record]:
    async for chunk in scan(broker.bootstrap, [contract.topics.dead_letters]):
        for record in chunk:
            yield record


def _assay(*arguments: str) -> tuple[int, str]:
    """Run the command as a person does; answer its exit code and all that it said."""
    run = subprocess.run(
        [*_ASSAY, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    return run.returncode, run.stdout + run.stderr


@contextlib.contextmanager
def _listening_on(port: int) -> Iterator[None]:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        yield
