"""For tests: a local DynamoDB, transports that follow a script, record, replay or fail, a clock that stands still.

pytest finds the fixture `tabletheory_local` by itself.
"""

from .clock import FixedClock
from .diff import RequestMismatch
from .faults import Delay, Fault, FaultyTransport, Status, Unprocessed
from .local import LOCAL_CREDENTIALS, LOCAL_REGION, Local
from .recording import RecordingTransport, ReplayTransport
from .scripted import Scripted, ScriptedTransport, answer, expect

__all__ = [
    "LOCAL_CREDENTIALS",
    "LOCAL_REGION",
    "Delay",
    "Fault",
    "FaultyTransport",
    "FixedClock",
    "Local",
    "RecordingTransport",
    "ReplayTransport",
    "RequestMismatch",
    "Scripted",
    "ScriptedTransport",
    "Status",
    "Unprocessed",
    "answer",
    "expect",
]
