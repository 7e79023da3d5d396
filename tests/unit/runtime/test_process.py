"""A service ends with the right code and a line that helps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

SERVICE = """
import asyncio
from pydantic import Field
from pydantic_settings import SettingsConfigDict
from assay.runtime import MetricsServer, GrpcServer, ServiceConfig, StartError, main

class Config(ServiceConfig):
    model_config = SettingsConfigDict(env_prefix="ASSAY_TOY_")
    size: int = Field(default=1, description="a number")
    way: str = "well"

async def run(config, stop):
    if config.way == "start": raise StartError("no broker answers at nowhere:1; start one")
    if config.way == "bug": raise KeyError("oops")
    async with GrpcServer(config.grpc, [], []) as server, MetricsServer(config.metrics):
        print("serving", flush=True)
        await server.serve_until(stop, asyncio.sleep(0))

main("toy", Config, run)
"""


def run(**settings: str) -> subprocess.Popen[str]:
    env = os.environ | {f"ASSAY_TOY_{name.upper()}": value for name, value in settings.items()}
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", SERVICE], env=env, stdout=pipe, stderr=pipe, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    with process:
        _, err = process.communicate(timeout=60)
    return process.returncode, err


def test_a_service_that_is_asked_to_stop_ends_well() -> None:
    process = run()
    assert process.stdout is not None
    assert process.stdout.readline() == "serving\n"
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 0


def test_a_service_that_cannot_start_says_why_in_one_line() -> None:
    assert ended(run(way="start")) == (1, "assay-toy: no broker answers at nowhere:1; start one\n")


def test_a_wrong_setting_is_named_as_it_was_set() -> None:
    code, err = ended(run(size="many"))
    assert code == 2
    assert err.startswith("assay-toy: ASSAY_TOY_SIZE: ")


def test_a_bug_is_logged_with_its_trace() -> None:
    code, err = ended(run(way="bug"))
    assert code == 1
    assert "process.crashed" in err
    assert "KeyError" in err


def test_a_port_in_use_is_named() -> None:
    first = run(grpc="127.0.0.1:0", metrics="127.0.0.1:47391")
    assert first.stdout is not None
    assert first.stdout.readline() == "serving\n"
    code, err = ended(run(metrics="127.0.0.1:47391"))
    first.send_signal(signal.SIGTERM)
    ended(first)
    assert code == 1
    assert "127.0.0.1:47391" in err
    assert "stop what holds it" in err
