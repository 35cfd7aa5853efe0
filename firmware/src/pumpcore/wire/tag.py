"""What shows that a command comes from somebody with a key: 25 bytes after its fields.

| bytes | what |
| --- | --- |
| 0 | number of the session that the pump gave in `session` |
| 1-4 | counter, which grows with every frame that the host sends in this session |
| 5-8 | the pump's tick as the host heard it last |
| 9-24 | the first half of HMAC-SHA-256 over the payload before them, under the session's key |

A board has one key, `device.key`. Of it comes a key for each role, and of that, with chance from
both sides, a key for each session. HMAC is that of RFC 2104.
"""

from hashlib import sha256

from pumpcore._compat import const

TAG_BYTES = const(25)
MAC_BYTES = const(16)
MAC_AT = const(9)
NONCE_BYTES = const(16)
KEY_BYTES = const(32)

# In the order of their numbers on the line; service may ask, and STOP.
ROLES = ("operator", "administrator", "service")
OPERATOR = const(1)
ADMINISTRATOR = const(2)

# Which roles may, by command; STOP is for every role.
_MAY = (
    (OPERATOR, ("stage", "stage_step", "confirm", "cancel", "acknowledge", "audio_pause")),
    (OPERATOR, ("new_patient", "presence", "vitals")),
    (ADMINISTRATOR, ("library_part", "install_library")),
)

# They change nothing and need no tag; `open_session` proves nothing yet.
QUESTIONS = (
    "hello",
    "ping",
    "inspect",
    "read_journal",
    "read_ledger",
    "read_sessions",
    "open_session",
    "read_keyframe",
)

_BLOCK_BYTES = const(64)


class Key:
    """Makes codes under one key."""

    def __init__(self, key: bytes) -> None:
        """Of at most 64 bytes."""
        padded = key + bytes(_BLOCK_BYTES - len(key))
        self._inner = bytes([byte ^ 0x36 for byte in padded])
        self._outer = bytes([byte ^ 0x5C for byte in padded])

    def code(self, purpose: bytes, content: bytes | bytearray | memoryview) -> bytes:
        """HMAC-SHA-256 of both, one after the other; 32 bytes."""
        state = sha256(self._inner)
        state.update(purpose)
        state.update(content)
        inner = state.digest()
        state = sha256(self._outer)
        state.update(inner)
        return state.digest()


def roles_of(command: str) -> int:
    """Bits of the roles that may; 0 for questions, and for STOP."""
    for roles, commands in _MAY:
        if command in commands:
            return roles
    return 0


def key_name(device_key: bytes) -> bytes:
    """Eight bytes that name a board's key and do not tell it."""
    return Key(device_key).code(b"evenflow key ", b"")[:8]


def role_key(device_key: bytes, role: str) -> bytes:
    """What a host needs to act in that role on that board."""
    return Key(device_key).code(b"evenflow role ", role.encode())


def session_key(key: bytes, unique_id: bytes, host_nonce: bytes, device_nonce: bytes) -> Key:
    """Of one session, from a role's key and chance from both sides."""
    return Key(Key(key).code(b"evenflow session ", unique_id + host_nonce + device_nonce))


def proof(key: Key) -> bytes:
    """By which the pump shows that it has the key, too."""
    return key.code(b"evenflow pump ", b"")[:MAC_BYTES]


def mac(key: Key, payload: bytes | bytearray | memoryview) -> bytes:
    """Of a command with the first nine bytes of its tag."""
    return key.code(b"evenflow command ", payload)[:MAC_BYTES]


def is_equal(expected: bytes, buffer: bytes | bytearray, offset: int) -> bool:
    """Whether those bytes lie there, in the same time wherever they differ."""
    difference = 0
    for index in range(len(expected)):
        difference |= expected[index] ^ buffer[offset + index]
    return difference == 0
