"""What is started beside a service, for work that may hang or grow, starts light."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("child", ["assay.registry.judge", "assay.validation.worker"])
def test_a_process_that_judges_for_a_service_loads_no_grpc_no_settings_and_no_logs(child: str) -> None:
    code = (
        f"import sys, {child}; print({{'grpc', 'pydantic_settings', 'structlog', 'opentelemetry'}} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "set()\n"
