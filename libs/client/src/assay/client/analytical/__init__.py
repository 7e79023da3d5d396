"""Analytical logs: what a model answers, from what, and what comes of it, joined by prediction id."""

from __future__ import annotations

from assay.client.analytical.answer import Answer, Status
from assay.client.analytical.asgi import PredictionMiddleware
from assay.client.analytical.columns import features_of
from assay.client.analytical.errors import AnswerError, FeatureError, NoModelError, RecordLimitError, SettingError
from assay.client.analytical.features import Value, unpacked
from assay.client.analytical.inference import Inference, current_inference
from assay.client.analytical.interceptor import PredictionInterceptor
from assay.client.analytical.partition import partition_of
from assay.client.analytical.predictions import Buffer, LogStats, Predictions
from assay.client.analytical.setting import Setting
from assay.client.analytical.threaded import ThreadedPredictionInterceptor
from assay.contracts.analytical import Feature, FeatureSchema

__all__ = [
    "Answer",
    "AnswerError",
    "Buffer",
    "Feature",
    "FeatureError",
    "FeatureSchema",
    "Inference",
    "LogStats",
    "NoModelError",
    "PredictionInterceptor",
    "PredictionMiddleware",
    "Predictions",
    "RecordLimitError",
    "Setting",
    "SettingError",
    "Status",
    "ThreadedPredictionInterceptor",
    "Value",
    "current_inference",
    "features_of",
    "partition_of",
    "unpacked",
]
