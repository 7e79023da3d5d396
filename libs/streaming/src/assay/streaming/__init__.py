"""The Kafka runtime: forwarder, topics and the headers of a record; the ledger, which needs SQL, in `.ledger`."""

from assay.streaming.blocks import Block, Onward
from assay.streaming.consumer import PartitionOwner, PartitionReader
from assay.streaming.errors import (
    BrokerError,
    BrokerUnreachableError,
    HeaderError,
    RefusedRecordError,
    TopicError,
)
from assay.streaming.forwarder import Forwarder
from assay.streaming.gate import TopicGate, until_standing
from assay.streaming.headers import Source
from assay.streaming.joint import JointSettings, joint_lanes
from assay.streaming.joint_step import JointStep, LogSpan
from assay.streaming.lane import LaneSettings
from assay.streaming.log_reader import LogReader
from assay.streaming.publisher import Publisher
from assay.streaming.record import Headers, Outgoing, Partition, Record, UnreadableHeaders
from assay.streaming.scan import scan, scan_back
from assay.streaming.step import Start, Step
from assay.streaming.topics import PLATFORM_TOPICS, TopicSpec, apply_topics, check_topics, specs_of
from assay.streaming.watch import Standing

__all__ = [
    "PLATFORM_TOPICS",
    "Block",
    "BrokerError",
    "BrokerUnreachableError",
    "Forwarder",
    "HeaderError",
    "Headers",
    "JointSettings",
    "JointStep",
    "LaneSettings",
    "LogReader",
    "LogSpan",
    "Onward",
    "Outgoing",
    "Partition",
    "PartitionOwner",
    "PartitionReader",
    "Publisher",
    "Record",
    "RefusedRecordError",
    "Source",
    "Standing",
    "Start",
    "Step",
    "TopicError",
    "TopicGate",
    "TopicSpec",
    "UnreadableHeaders",
    "apply_topics",
    "check_topics",
    "joint_lanes",
    "scan",
    "scan_back",
    "specs_of",
    "until_standing",
]
