"""Settings of the validation service."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from assay.runtime import ServiceConfig

__all__ = ["Config"]


class Config(ServiceConfig):
    """Read from `ASSAY_VALIDATION_*`."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_VALIDATION_")

    grpc: str = Field(default="127.0.0.1:7030", description="host:port that the gRPC server listens on")
    metrics: str = Field(default="127.0.0.1:9030", description="host:port that serves Prometheus metrics")
    broker: str = Field(default="127.0.0.1:9092", description="host:port of a Kafka broker")
    registry: str = Field(default="127.0.0.1:7010", description="host:port of the registry's gRPC")
    snapshot: Path | None = Field(default=None, description="file that keeps the contracts while the registry is away")
    keys: Path = Field(default=Path(".assay/keys.json"), description="key file that dead letters are sealed with")
    member: str = Field(default="", description="stable name in the consumer group; empty for a dynamic membership")
    session_s: float = Field(default=20.0, gt=0, description="silence after which a worker's partitions go elsewhere")
    chunk_records: int = Field(default=4_000, gt=0, description="records of one partition in one transaction at most")
    commit_interval_ms: int = Field(default=20, ge=0, description="age of its first record at which a chunk is closed")
    replay_quota: int = Field(default=200, gt=0, description="replays of one partition in one transaction at most")
    unknown_schema_wait_s: float = Field(
        default=60.0, ge=0, description="time that a partition waits for an unknown version while the registry is away"
    )
    stall_s: float = Field(
        default=30.0,
        gt=0,
        description="time without a move that is a stall while records wait; after two the process ends",
    )
