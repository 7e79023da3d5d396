"""Settings of the drift service."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from assay.runtime import ServiceConfig

__all__ = ["Config"]


class Config(ServiceConfig):
    """Read from `ASSAY_DRIFT_*`."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_DRIFT_")

    grpc: str = Field(default="127.0.0.1:7070", description="host:port that the gRPC server listens on")
    metrics: str = Field(default="127.0.0.1:9070", description="host:port that serves Prometheus metrics")
    broker: str = Field(default="127.0.0.1:9092", description="host:port of the broker")
    registry: str = Field(default="127.0.0.1:7010", description="host:port of the registry's gRPC")
    roles: Literal["all", "count", "judge", "read"] = Field(
        default="all",
        description="count logs, judge windows and answer, answer alone; or count and judge in one process",
    )
    store: str = Field(default="sqlite:///.assay/drift.db", description="where windows and references are kept")
    joins: Path = Field(default=Path(".assay/drift-joins"), description="folder of what predictions wait for")
    live: SecretStr = Field(
        default=SecretStr(""),
        description="redis:// address that newest windows are written to, and read from by who only answers",
    )
    lake: str = Field(default="", description="folder or URI that windows are exported to; empty for none")
    snapshot: Path | None = Field(default=None, description="where contracts are kept while the registry is away")
    member: str = Field(default="", description="stable name in the groups; empty joins as a new member")
    session_s: float = Field(default=20.0, gt=0, description="silence after which a process's partitions go elsewhere")
    every_s: float = Field(default=1.0, gt=0, description="how often windows are looked at")
    commit_s: float = Field(default=0.5, gt=0, description="how long counts are gathered for one pane, at most")
    dead_s: float = Field(default=20.0, gt=5, description="how long counting may say nothing of a partition")
    stuck_s: float = Field(default=30.0, gt=0, description="how long records may wait while none is counted")
    retention_d: float = Field(default=30.0, gt=0, description="how many days windows are kept")
    latest: int = Field(default=200, gt=0, description="how many windows of each series are kept in memory")
