"""The gateway's settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from assay.runtime import ServiceConfig

__all__ = ["Config"]


class Config(ServiceConfig):
    """Read from `ASSAY_INGESTION_*`."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_INGESTION_")

    grpc: str = Field(default="127.0.0.1:7020", description="host:port that the gRPC server listens on")
    metrics: str = Field(default="127.0.0.1:9020", description="host:port that serves Prometheus metrics")
    broker: str = Field(default="127.0.0.1:9092", description="host:port of the Kafka broker")
    registry: str = Field(default="127.0.0.1:7010", description="host:port of the registry")
    snapshot: Path | None = Field(
        default=None, description="file that keeps the contracts for a start without registry"
    )
    publish_s: float = Field(default=8.0, gt=0, description="how long a call may wait for the broker")
    max_calls: int = Field(default=128, gt=0, description="calls under way at once; more are asked to come back")
