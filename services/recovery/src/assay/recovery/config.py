"""Settings of the recovery service."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from assay.runtime import ServiceConfig

__all__ = ["Config"]


class Config(ServiceConfig):
    """Read from `ASSAY_RECOVERY_*`."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_RECOVERY_")

    grpc: str = Field(default="127.0.0.1:7040", description="host:port that the gRPC server listens on")
    metrics: str = Field(default="127.0.0.1:9040", description="host:port that serves Prometheus metrics")
    broker: str = Field(default="127.0.0.1:9092", description="host:port of a Kafka broker")
    registry: str = Field(default="127.0.0.1:7010", description="host:port of the registry's gRPC")
    snapshot: Path | None = Field(default=None, description="file that keeps the contracts while the registry is away")
    store: str = Field(default="sqlite:///.assay/recovery.db", description="database of the index of dead letters")
    keys: Path | None = Field(default=None, description="key file that opens sealed dead letters; without it they stay")
    member: str = Field(default="", description="stable name in the consumer group; empty for a dynamic membership")
    session_s: float = Field(default=20.0, gt=0, description="silence after which a worker's partitions go elsewhere")
    chunk_records: int = Field(
        default=500, gt=0, description="dead letters of one partition replayed in one transaction"
    )
    alarm_every_s: float = Field(default=2.0, gt=0, description="how often failures are looked at for alarms")
    alarm_settle_s: int = Field(default=5, ge=0, description="age from which a failure is told, a burst as one")
    alarm_quiet_s: int = Field(
        default=3_600, gt=0, description="time without a new dead letter after which a known failure is over"
    )
    alarm_producer_s: int = Field(
        default=300, ge=60, description="window in which every record of a producer must be refused for an alarm"
    )
