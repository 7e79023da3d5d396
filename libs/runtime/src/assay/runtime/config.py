"""The settings that every service has; each service adds its own."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["ServiceConfig"]


class ServiceConfig(BaseSettings):
    """Read from the environment; a subclass sets `env_prefix` to `ASSAY_<SERVICE>_` and its own two addresses."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    grpc: str = Field(default="127.0.0.1:0", description="host:port that the gRPC server listens on")
    metrics: str = Field(default="127.0.0.1:0", description="host:port that serves Prometheus metrics under /metrics")
