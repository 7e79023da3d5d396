"""What every Assay process has: settings, signals, a gRPC server with health, a metrics port."""

from assay.runtime.clock import Clock, SystemClock
from assay.runtime.config import ServiceConfig
from assay.runtime.errors import AssayError, StartError, TransientError
from assay.runtime.failpoint import failpoint
from assay.runtime.grpc_server import GrpcServer
from assay.runtime.metrics_server import MetricsServer
from assay.runtime.process import main
from assay.runtime.stop import Stop

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
