"""Who runs a command: what the audit of the registry and of recovery keeps of a change."""

from __future__ import annotations

import getpass
import os
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import grpc

__all__ = ["Caller", "caller", "signing"]

Call = TypeVar("Call")

_NAMES = ("ASSAY_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BITBUCKET_STEP_TRIGGERER_UUID")
_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "BITBUCKET_COMMIT")
_GIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Caller:
    """A name, and the git revision that is checked out where the command runs; empty where there is none."""

    name: str
    commit: str


def caller(environment: Mapping[str, str] = os.environ) -> Caller:
    """Return who it is: `ASSAY_ACTOR`, else whom CI names, else the mail address that git knows, else the user."""
    name = _first(_NAMES, environment) or _git("config", "user.email") or _user()
    return Caller(name, _first(_COMMITS, environment) or _git("rev-parse", "--verify", "HEAD"))


Metadata = list[tuple[str, bytes]]


class _SigningOne(grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[type-arg]  # generic in the stubs alone
    def __init__(self, signature: Metadata) -> None:
        self._signature = signature

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, object], Awaitable[Call]],
        client_call_details: grpc.aio.ClientCallDetails,
        request: object,
    ) -> Call:
        return await continuation(_signed(client_call_details, self._signature), request)


class _SigningMany(grpc.aio.StreamUnaryClientInterceptor):  # type: ignore[type-arg]  # generic in the stubs alone
    def __init__(self, signature: Metadata) -> None:
        self._signature = signature

    async def intercept_stream_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, object], Awaitable[Call]],
        client_call_details: grpc.aio.ClientCallDetails,
        request_iterator: object,
    ) -> Call:
        return await continuation(_signed(client_call_details, self._signature), request_iterator)


def signing(caller: Caller, reason: str) -> Sequence[grpc.aio.ClientInterceptor]:
    """Return what says with each call of a channel who makes it and why."""
    said = {"actor": caller.name, "reason": reason, "commit": caller.commit}
    signature = [(f"assay-{key}-bin", value.encode(errors="replace")) for key, value in said.items() if value]
    return [_SigningOne(signature), _SigningMany(signature)]  # type: ignore[list-item]  # a partial stub asks for it


def _signed(details: grpc.aio.ClientCallDetails, signature: Metadata) -> grpc.aio.ClientCallDetails:
    metadata = grpc.aio.Metadata(*(details.metadata or ()), *signature)
    return grpc.aio.ClientCallDetails(
        details.method, details.timeout, metadata, details.credentials, details.wait_for_ready
    )


def _first(names: tuple[str, ...], environment: Mapping[str, str]) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")


def _git(*arguments: str) -> str:
    """What git answers here; empty where it is not there, or has no answer."""
    try:
        command = ["git", *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_GIT_S)  # noqa: S603 -- no shell
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
