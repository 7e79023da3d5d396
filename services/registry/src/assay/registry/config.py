"""The registry's settings."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from assay.runtime import ServiceConfig

__all__ = ["Config"]


class Config(ServiceConfig):
    """Read from `ASSAY_REGISTRY_*`."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_REGISTRY_")

    grpc: str = Field(default="127.0.0.1:7010", description="host:port that the gRPC server listens on")
    http: str = Field(default="127.0.0.1:8081", description="host:port that serves Confluent's REST interface")
    metrics: str = Field(default="127.0.0.1:9010", description="host:port that serves Prometheus metrics")
    store: SecretStr = Field(
        default=SecretStr("sqlite:///.assay/registry.db"),
        description="where contracts are kept: sqlite:///path or postgresql://user:password@host:5432/database",
    )
