"""The closed list of metrics: name, unit, labels and meaning, each said once."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

__all__ = [
    "ALARMS_TOLD",
    "ALERTS_DELIVERED",
    "ALERTS_FAILED",
    "ALERTS_WAITING",
    "BATCH_EVENTS",
    "CONTRACTS_HELD",
    "CONTRACTS_PUBLISHED",
    "CONTRACT_STATUS",
    "DEAD_LETTERS_SETTLED",
    "DRIFT_COVERAGE",
    "DRIFT_EFFECT",
    "DRIFT_ERRORS",
    "DRIFT_FIRING",
    "DRIFT_FORGOTTEN",
    "DRIFT_JUDGING_FAILED",
    "DRIFT_LATENCY_MS",
    "DRIFT_MIRROR_FAILURES",
    "DRIFT_PANES_REFUSED",
    "DRIFT_RECORDS_UNREADABLE",
    "DRIFT_REQUESTS",
    "DRIFT_REVISIONS",
    "DRIFT_SIGNAL_STATE",
    "DRIFT_SLICES_LEFT_OUT",
    "DRIFT_UNMATCHED",
    "DRIFT_WATERMARK_AGE_S",
    "DRIFT_WINDOWS_EXPORTED",
    "DRIFT_WINDOWS_JUDGED",
    "EVALUATIONS_FAILED",
    "EVENTS_RECEIVED",
    "IDS_FORGOTTEN",
    "LAG_RECORDS",
    "LAKE_ROWS_WRITTEN",
    "MEASUREMENTS_RECEIVED",
    "OLDEST_UNJUDGED_S",
    "PANES_TOO_LATE",
    "PANES_WRITTEN",
    "PARTITIONS_ASSIGNED",
    "PARTITIONS_STOPPED",
    "PARTITION_STALLED_S",
    "PROMISE_BROKEN",
    "PROMISE_BURN_RATE",
    "PROMISE_MEASURED",
    "PROMISE_TARGET",
    "PUBLISH_S",
    "RECORDS_JUDGED",
    "RECORDS_OUT_OF_ORDER",
    "RECORDS_REPLAYED",
    "REST_ANSWERS",
    "SCHEMAS_REGISTERED",
    "SLICES_RUN",
    "STORE_ANSWERS",
    "TRANSACTIONS_ABANDONED",
    "TRANSACTION_S",
    "VERSIONS_PINNED",
    "WINDOWS_EVALUATED",
]

CONTRACTS_PUBLISHED = Counter("assay_contracts_published", "Versions that the registry took in", ["contract"])
SCHEMAS_REGISTERED = Counter("assay_schemas_registered", "Versions of subjects that were added over REST")
REST_ANSWERS = Counter("assay_rest_answers", "Answers of the registry over REST", ["status"])
STORE_ANSWERS = Gauge("assay_store_answers", "1 while the registry's store answers, 0 while it is away")
VERSIONS_PINNED = Gauge(
    "assay_versions_pinned", "Versions that this process is pinned to: 1 for the state it is in", ["contract", "version", "state"]
)  # fmt: skip
CONTRACTS_HELD = Gauge("assay_contracts_held", "Contracts whose newest version can't be compiled here")
EVENTS_RECEIVED = Counter("assay_events_received", "Events at the door by outcome", ["contract", "outcome"])
BATCH_EVENTS = Histogram(
    "assay_batch_events", "Events in one PublishEvents call", buckets=(1, 5, 10, 50, 100, 250, 500, 1000)
)
PUBLISH_S = Histogram(
    "assay_publish_seconds", "From a PublishEvents call to its answer",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)  # fmt: skip
RECORDS_JUDGED = Counter(
    "assay_records_judged", "Raw records by reason; accepted ones are `valid`", ["contract", "reason"]
)
PANES_WRITTEN = Counter("assay_panes_written", "Panes by kind: counts or heartbeat", ["contract", "kind"])
PANES_TOO_LATE = Counter(
    "assay_panes_too_late",
    "Minutes of panes that came after minutes so old were forgotten, and do not count",
    ["contract"],
)
IDS_FORGOTTEN = Counter(
    "assay_ids_forgotten", "Event ids forgotten before their window was over, for want of room", ["contract"]
)
RECORDS_OUT_OF_ORDER = Counter(
    "assay_records_out_of_order", "Records of ordered contracts that did not wait, or are not waited for, for want of room", ["contract"]
)  # fmt: skip
RECORDS_REPLAYED = Counter("assay_records_replayed", "Dead letters repaired and replayed", ["contract", "flow"])
DEAD_LETTERS_SETTLED = Counter(
    "assay_dead_letters_settled", "Dead letters by what became of them", ["contract", "outcome"]
)
PARTITIONS_ASSIGNED = Gauge("assay_partitions_assigned", "Input partitions this process owns", ["loop"])
PARTITIONS_STOPPED = Gauge("assay_partitions_stopped", "Partitions whose position is no longer in the log", ["loop"])
PARTITION_STALLED_S = Gauge(
    "assay_partition_stalled_seconds", "How long nothing was committed although records wait; 0 while it moves",
    ["loop", "topic", "partition"],
)  # fmt: skip
LAG_RECORDS = Gauge("assay_lag_records", "Offsets from the position to the log's end", ["loop", "topic", "partition"])
OLDEST_UNJUDGED_S = Gauge(
    "assay_oldest_unjudged_seconds", "Age of the oldest record that was taken and is not committed; 0 for none",
    ["loop", "topic", "partition"],
)  # fmt: skip
TRANSACTION_S = Histogram(
    "assay_transaction_seconds", "From the first send of a chunk to its commit", ["loop"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)  # fmt: skip
TRANSACTIONS_ABANDONED = Counter(
    "assay_transactions_abandoned", "Chunks dropped after a producer error and judged again", ["loop"]
)
LAKE_ROWS_WRITTEN = Counter("assay_lake_rows_written", "Rows committed to the lake", ["contract"])
SLICES_RUN = Counter("assay_slices_run", "Runs of a day by what they did to the warehouse", ["contract", "outcome"])
MEASUREMENTS_RECEIVED = Counter(
    "assay_measurements_received", "Measurements of promises by state", ["contract", "state"]
)
ALARMS_TOLD = Counter(
    "assay_alarms_told", "Alarms on invalid data that fired or are over", ["contract", "kind", "state"]
)
WINDOWS_EVALUATED = Counter("assay_windows_evaluated", "Windows of event time that were closed, or looked at again")
EVALUATIONS_FAILED = Counter(
    "assay_evaluations_failed", "Turns at a contract's promises that failed for a reason of its own", ["contract"]
)
PROMISE_TARGET = Gauge(
    "assay_promise_target", "What is promised: percent, rows or seconds, as it is measured", ["contract", "promise"]
)
PROMISE_MEASURED = Gauge(
    "assay_promise_measured", "What the newest window came to, or the clock just now", ["contract", "promise"]
)
PROMISE_BROKEN = Gauge("assay_promise_broken", "1 while there is a breach of it", ["contract", "promise"])
PROMISE_BURN_RATE = Gauge(
    "assay_promise_burn_rate", "Share of bad records in multiples of the share that is promised", ["contract", "promise", "over"]
)  # fmt: skip
CONTRACT_STATUS = Gauge("assay_contract_status", "1 for how a contract stands", ["contract", "status"])
ALERTS_DELIVERED = Counter("assay_alerts_delivered", "Alerts that a channel took, by state", ["channel", "state"])
ALERTS_WAITING = Gauge("assay_alerts_waiting", "Alerts that wait for their channel", ["channel"])
ALERTS_FAILED = Counter(
    "assay_alerts_failed",
    "Attempts to deliver that failed: tried again `later`, `refused` for good, or `expired` after days",
    ["channel", "outcome"],
)
DRIFT_WINDOWS_JUDGED = Counter("assay_drift_windows_judged", "Windows of a model that were judged", ["model"])
DRIFT_REVISIONS = Counter("assay_drift_revisions", "Windows judged again, for late records or labels", ["model"])
DRIFT_REQUESTS = Counter(
    "assay_drift_requests",
    "Predictions by status, counted once their window is judged; a revision adds what it has more",
    ["model", "model_version", "status"],
)
DRIFT_ERRORS = Counter(
    "assay_drift_errors", "Predictions that were not ok by class of error, counted as requests are",
    ["model", "model_version", "error"],
)  # fmt: skip
DRIFT_LATENCY_MS = Gauge(
    "assay_drift_latency_milliseconds", "Latency of a model in its newest window, an upper bound of the quantile",
    ["model", "model_version", "quantile"],
)  # fmt: skip
DRIFT_COVERAGE = Gauge(
    "assay_drift_coverage", "Share of the predictions of the newest window that have a label", ["model", "model_version"]
)  # fmt: skip
DRIFT_FIRING = Gauge(
    "assay_drift_firing", "Signals of a model that fire, in all versions and segments", ["model", "severity"]
)
DRIFT_SIGNAL_STATE = Gauge(
    "assay_drift_signal_state",
    "How one of the 20 worst signals of a model stands: 0 nothing said, 1 ok, 2 pending, 3 firing",
    ["model", "model_version", "segment", "kind", "name"],
)
DRIFT_EFFECT = Gauge(
    "assay_drift_effect", "How far one of the 20 worst signals of a model moved, as its kind measures it",
    ["model", "model_version", "segment", "kind", "name"],
)  # fmt: skip
DRIFT_WATERMARK_AGE_S = Gauge(
    "assay_drift_watermark_age_seconds", "How long ago the event time is up to which records are complete", ["model"]
)
DRIFT_UNMATCHED = Gauge(
    "assay_drift_unmatched", "Labels, actions and outcomes that were forgotten without a prediction, so far", ["model"]
)
DRIFT_FORGOTTEN = Gauge("assay_drift_forgotten", "Predictions that came too late to be counted, so far", ["model"])
DRIFT_MIRROR_FAILURES = Counter(
    "assay_drift_mirror_failures", "Times that Redis did not take or give newest windows: write, read", ["what"]
)
DRIFT_JUDGING_FAILED = Counter(
    "assay_drift_judging_failed", "Turns at judging a model that failed for a reason of its own", ["model"]
)
DRIFT_RECORDS_UNREADABLE = Counter(
    "assay_drift_records_unreadable", "Records of a model's logs that hold nothing that can be counted", ["topic"]
)
DRIFT_SLICES_LEFT_OUT = Counter(
    "assay_drift_slices_left_out", "Slices of panes that no window has in full: too_late, unreadable", ["model", "why"]
)
DRIFT_PANES_REFUSED = Counter(
    "assay_drift_panes_refused", "Panes that were left out as a whole: unreadable, repeated", ["why"]
)
DRIFT_WINDOWS_EXPORTED = Counter(
    "assay_drift_windows_exported", "Revisions of windows that were written to the lake", ["model"]
)
