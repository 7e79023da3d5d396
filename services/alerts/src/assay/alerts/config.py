"""Settings of the alerts service."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from assay.runtime import ServiceConfig

__all__ = ["Config"]


class Config(ServiceConfig):
    """Read from `ASSAY_ALERTS_*`."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_ALERTS_")

    grpc: str = Field(default="127.0.0.1:7060", description="host:port that the gRPC server listens on")
    metrics: str = Field(default="127.0.0.1:9060", description="host:port that serves Prometheus metrics")
    broker: str = Field(default="127.0.0.1:9092", description="host:port of the broker")
    registry: str = Field(default="127.0.0.1:7010", description="host:port of the registry's gRPC")
    store: str = Field(default="sqlite:///.assay/alerts.db", description="where breaches are kept")
    outbox: Path = Field(default=Path(".assay/outbox.ndjson"), description="the file that notices are written to")
    channels: Path | None = Field(default=None, description="the channels file; without one, log and outbox")
    snapshot: Path | None = Field(default=None, description="where contracts are kept while the registry is away")
    member: str = Field(
        default="alerts-0", description="name in the group; one process owns the store, so one is enough"
    )
    every_s: float = Field(default=1.0, gt=0, description="how often promises are looked at")
    dead_s: float = Field(default=20.0, gt=5, description="how long validation may say nothing of a partition")
    stuck_s: float = Field(default=30.0, gt=0, description="how long records may wait while none is judged")
    service_after_s: float = Field(default=30.0, gt=0, description="how long the registry may be away")
    retention_d: float = Field(default=8.0, gt=3, description="how many days counts and evaluations are kept")
    retry_s: float = Field(
        default=60.0, gt=0, description="how long a failing store is retried before the process ends"
    )
