"""Settings of the warehouse service."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from assay.runtime import ServiceConfig

__all__ = ["Config"]


class Config(ServiceConfig):
    """Read from `ASSAY_WAREHOUSE_…`."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_WAREHOUSE_", frozen=True, extra="ignore")

    grpc: str = Field(default="127.0.0.1:7050", description="host:port that the gRPC server listens on")
    metrics: str = Field(default="127.0.0.1:9050", description="host:port that serves Prometheus metrics")
    broker: str = Field(default="127.0.0.1:9092", description="host:port of the broker")
    registry: str = Field(default="127.0.0.1:7010", description="host:port of the registry's gRPC")
    snapshot: Path | None = Field(default=None, description="where contracts are kept while the registry is away")
    lake: str = Field(default=".assay/lake", description="folder or URI with one Delta table a contract")
    warehouse: Path = Field(default=Path(".assay/warehouse.duckdb"), description="the DuckDB file of the warehouse")
    group: str = Field(default="assay.warehouse", description="consumer group of the archiver")
    member: str = Field(default="", description="stable name in the consumer group; empty for a dynamic membership")
    flush_rows: int = Field(default=20_000, gt=0, description="rows that are written at once")
    flush_bytes: int = Field(default=64 * 1024 * 1024, gt=0, description="bytes of records that wait at most")
    flush_s: float = Field(default=1.0, gt=0, description="how long a record waits for others at most")
    retry_s: float = Field(default=2.0, gt=0, description="wait before a contract that failed is tried again")
    compact_commits: int = Field(default=200, gt=1, description="commits after which small files are joined")
    session_s: float = Field(default=20.0, gt=0, description="silence after which the group takes partitions away")
    busy_s: float = Field(default=10.0, gt=0, description="how long to wait for a reader of the warehouse file")
