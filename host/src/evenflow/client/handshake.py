"""Hello: whether what answers is an Evenflow pump, and one that speaks this host's messages."""

from collections import Counter

from evenflow import __version__
from evenflow.errors import LinkError, Refused
from pumpcore.wire.messages import SCHEMA, by_name

# However the messages change, hello_reply begins with ident, request id, schema and firmware.
_REPLY_IDENT = int(by_name("hello_reply").ident)
_SCHEMA_AT = 3
_FIRMWARE_AT = 11
_FIRMWARE_END = 27


def check_schema(schema: bytes, firmware: str) -> None:
    """Refused if the device speaks another message table; says which side to update."""
    if schema == SCHEMA:
        return
    raise Refused(
        "wrong_schema",
        f"the pump (firmware {firmware or 'unknown'}) speaks the messages {schema.hex()}, "
        f"this host (evenflow {__version__}) {SCHEMA.hex()}",
        _remedy(firmware),
    )


def check_alien(payload: bytes) -> None:
    """Refused if the payload is a hello_reply of another message table."""
    if len(payload) > _FIRMWARE_AT and payload[0] == _REPLY_IDENT:
        text = payload[_FIRMWARE_AT:_FIRMWARE_END].split(b"\0")[0]
        check_schema(payload[_SCHEMA_AT:_FIRMWARE_AT], text.decode(errors="replace"))


def not_evenflow(name: str, frame_count: int, errors: Counter[str]) -> LinkError:
    """Why nothing on that line said hello."""
    if frame_count:
        return LinkError(
            "hello_unanswered",
            f"port {name}: a pump is heard, but does not answer",
            "its receiving side may be broken or busy; check the cable, switch it off and on",
        )
    if errors:
        return LinkError(
            "not_evenflow",
            f"port {name}: something talks there, but it is no Evenflow pump",
            "check the port; a board needs `evenflow flash` first",
        )
    return LinkError(
        "not_evenflow",
        f"port {name}: silent; no Evenflow pump answers there",
        "check port, cable and power; a board needs `evenflow flash` first",
    )


LINK_ACCEPTS = 1
LINK_IS_BENCH = 2
LINK_IS_EMULATED = 4
LINK_HAS_KEY = 8
LINK_NEEDS_KEY = 16


def _remedy(firmware: str) -> str:
    pump, host = _numbers(firmware), _numbers(__version__)
    if pump and pump > host:
        return f"update the host to {firmware}: pip install --upgrade evenflow"
    return f"update the pump to {__version__}: evenflow flash --board BOARD --port PORT"


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()
