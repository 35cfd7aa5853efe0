"""One record of the journal: 32 bytes that say what happened, when, and after which record.

| bytes | what |
| --- | --- |
| 0-3 | sequence, counted from 0 |
| 4-5 | boot count, modulo 2^16 |
| 6-9 | ticks since that boot, 20 ms each |
| 10-13 | the clock chip's time in seconds since 2020-01-01, 0 if unknown |
| 14, 15 | kind, an index in KINDS; code |
| 16-19, 20-23 | value and bound, signed |
| 24-27 | chain: of SHA-256 over the chain before and bytes 0 to 23, the first four |
| 28-31 | CRC-32 of all before it |

The CRC tells a record that was torn or has decayed; the chain one that was changed, left out or
moved, unless all after it were made anew.
"""

from collections import namedtuple
from hashlib import sha256

from pumpcore._compat import const
from pumpcore.memory import get, get_signed, put
from pumpcore.wire.frame import write_crc

RECORD_BYTES = const(32)
MAX_SEQUENCE = const(0x3FFFFFFF)
NO_CHAIN = bytes(4)
_CHAIN = const(24)
_CRC = const(28)

# What a kind's code, value and bound are; empty where they are 0.
Kind = namedtuple("Kind", ("name", "code", "value", "bound"))

# Index is the record's kind; append only.
KINDS = (
    Kind("boot", "reset_cause", "firmware_hash", "self_test_failures"),
    Kind("recovered", "state", "volume_low_nl", "volume_high_nl"),
    Kind("state", "state", "delivered_microsteps", "stop_reason"),
    Kind("programme", "entry", "digest_start", "femtolitres_per_microstep"),
    Kind("alarm_raised", "alarm", "measured", "limit"),
    Kind("alarm_cleared", "alarm", "measured", ""),
    Kind("acknowledged", "alarm_word", "alarm_bits", ""),
    Kind("key", "refusal", "key_bits", ""),
    Kind("command", "message", "request_id", "programme_number"),
    Kind("override", "entry", "programme_number", ""),
    Kind("dose_counted", "entry", "mass_ug", "total_ug"),
    Kind("new_patient", "", "generation", "total_ug"),
    Kind("library", "", "digest_start", ""),
    Kind("records_lost", "", "record_count", ""),
    Kind("memory_failed", "", "failure_count", ""),
    Kind("begun", "is_damaged", "", ""),
    Kind("vitals", "sedation", "pressures_mmhg", "heart_rate_and_oxygen"),
    Kind("auth_refused", "refusal", "failure_count", ""),
)
BOOT = const(0)
RECOVERED = const(1)
STATE = const(2)
PROGRAMME = const(3)
ALARM_RAISED = const(4)
ALARM_CLEARED = const(5)
ACKNOWLEDGED = const(6)
KEY = const(7)
COMMAND = const(8)
OVERRIDE = const(9)
DOSE_COUNTED = const(10)
NEW_PATIENT = const(11)
LIBRARY = const(12)
RECORDS_LOST = const(13)
MEMORY_FAILED = const(14)
BEGUN = const(15)
# Two figures in one: the first in the upper 16 bits.
VITALS = const(16)
AUTH_REFUSED = const(17)

Record = namedtuple(
    "Record",
    (
        "sequence",
        "boot_count",
        "tick_count",
        "clock_s",
        "kind",
        "code",
        "value",
        "bound",
        "chain",
    ),
)


def is_whole(raw: bytes | bytearray) -> bool:
    """Whether the CRC is that of what is before it."""
    check = bytearray(raw)
    write_crc(check, 0, _CRC, _CRC)
    return check == raw


def decode(raw: bytes | bytearray) -> Record:
    """The record in 32 bytes, whole or not."""
    return Record(
        get(raw, 0, 4),
        get(raw, 4, 2),
        get(raw, 6, 4),
        get(raw, 10, 4),
        raw[14],
        raw[15],
        get_signed(raw, 16),
        get_signed(raw, 20),
        bytes(raw[_CHAIN:_CRC]),
    )


def follows(raw: bytes | bytearray, chain: bytes) -> bool:
    """Whether the record's chain continues that of the record before it."""
    expected = sha256(bytes(raw[:_CHAIN]) + chain).digest()
    return expected[: len(NO_CHAIN)] == bytes(raw[_CHAIN:_CRC])


class Writer:
    """Makes records in one buffer; of the heap it takes what SHA-256 takes, once a record."""

    def __init__(self) -> None:
        """The first record follows none."""
        self.buffer = bytearray(RECORD_BYTES)
        self.chain = bytearray(NO_CHAIN)
        self._hashed = memoryview(self.buffer)[:_CRC]

    def continue_from(self, chain: bytes) -> None:
        """The next record follows the one with that chain."""
        for index in range(len(self.chain)):
            self.chain[index] = chain[index]

    def make(
        self,
        sequence: int,
        boot_count: int,
        tick_count: int,
        clock_s: int,
        kind: int,
        code: int,
        value: int,
        bound: int,
    ) -> None:
        """Put a record into `buffer`; `advance` once it is written."""
        buffer = self.buffer
        put(buffer, 0, sequence, 4)
        put(buffer, 4, boot_count, 2)
        put(buffer, 6, tick_count, 4)
        put(buffer, 10, clock_s, 4)
        buffer[14] = kind
        buffer[15] = code & 0xFF
        put(buffer, 16, value, 4)
        put(buffer, 20, bound, 4)
        for index in range(4):
            buffer[_CHAIN + index] = self.chain[index]
        digest = sha256(self._hashed).digest()
        for index in range(4):
            buffer[_CHAIN + index] = digest[index]
        write_crc(buffer, 0, _CRC, _CRC)

    def advance(self) -> None:
        """What is in `buffer` is written: the next record follows it."""
        for index in range(4):
            self.chain[index] = self.buffer[_CHAIN + index]
