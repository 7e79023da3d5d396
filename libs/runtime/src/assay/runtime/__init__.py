"""What every Assay process has: settings, signals, a gRPC server with health, a metrics port.

What needs gRPC, settings or logs is imported when it is first asked for: the processes that judge for a service need none
of it, and start three times as fast without.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from assay.runtime.clock import Clock, SystemClock
from assay.runtime.errors import AssayError, StartError, TransientError
from assay.runtime.failpoint import failpoint
from assay.runtime.stop import Stop

if TYPE_CHECKING:
    from assay.runtime.config import ServiceConfig
    from assay.runtime.grpc_server import GrpcServer
    from assay.runtime.metrics_server import MetricsServer
    from assay.runtime.process import main
else:
    _LATER = {
        "GrpcServer": "grpc_server",
        "MetricsServer": "metrics_server",
        "ServiceConfig": "config",
        "main": "process",
    }

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)


__all__ = [
    "AssayError",
    "Clock",
    "GrpcServer",
    "MetricsServer",
    "ServiceConfig",
    "StartError",
    "Stop",
    "SystemClock",
    "TransientError",
    "failpoint",
    "main",
]
