"""How far recovery is, by its own counters."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

__all__ = ["replayed"]


async def replayed(metrics: str, contract: str) -> int:
    """Return how many dead letters of a contract this process has replayed since its start."""
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"http://{metrics}/metrics")
    families = text_string_to_metric_families(answer.raise_for_status().text)
    samples = [
        sample for family in families for sample in family.samples if sample.name == "assay_records_replayed_total"
    ]
    return int(sum(sample.value for sample in samples if sample.labels["contract"] == contract))
