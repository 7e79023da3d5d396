"""The most memory that a process ever had resident, read from outside (Linux)."""

from __future__ import annotations

from pathlib import Path

__all__ = ["peak_mb"]


def peak_mb(pid: int) -> float:
    """Return the peak of its resident memory in MB (2^20 bytes): VmHWM of proc(5)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
