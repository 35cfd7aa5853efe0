"""Once a second, what is given, of what, for whom and how far it is: to whoever listens.

Telemetry has what changes in a tick; a second host, or one that comes later, needs the order too.
What the order says is packed when it is staged, since it does not fit the small integers of a
tick; what changes is packed into it each time.
"""

from struct import pack_into

from pumpcore._compat import const
from pumpcore.interlock import INFUSING
from pumpcore.programme import Order, Programme
from pumpcore.tick_io import Inputs, Outputs
from pumpcore.wire import codec
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import by_name

_THERAPY = by_name("therapy")
_SIZE = _THERAPY.size_bytes
_LAYOUT = "%ds" % _SIZE
_TICKS = const(50)
_US_PER_S = const(1_000_000)


class TherapyReport:
    """The therapy of the programme at hand."""

    def __init__(self) -> None:
        """Of none."""
        self._fields = bytearray(_SIZE)
        self._left_ticks = _TICKS
        self.infused_s = 0
        self._spare_us = 0

    def adopt(self, order: Order, programme: Programme, drug: str) -> None:
        """Take an order that was staged as that programme, of which nothing is given yet."""
        self.infused_s = 0
        self._spare_us = 0
        # What changes comes first, see `write`.
        values = [
            0,
            0,
            0,
            0,
            0,
            programme.number,
            programme.digest,
            programme.entry,
            drug,
            order.concentration_ng_per_ml,
            order.weight_ng,
            programme.mass_ng,
            programme.volume_nl,
            programme.rate_ul_per_h,
            programme.microsteps,
            programme.femtolitres_per_microstep,
        ]
        codec.encode(_THERAPY, values, self._fields, 0)

    def tick(self, inputs: Inputs, outputs: Outputs) -> bool:
        """Count the time; whether it is to be told now."""
        if outputs.state == INFUSING:
            self._spare_us += inputs.elapsed_us
            if self._spare_us >= _US_PER_S:
                self.infused_s += self._spare_us // _US_PER_S
                self._spare_us %= _US_PER_S
        self._left_ticks -= 1
        if self._left_ticks:
            return False
        self._left_ticks = _TICKS
        return outputs.programme_number != 0

    def write(self, endpoint: Endpoint, tick_count: int, outputs: Outputs) -> int:
        """Put it into the endpoint's `outgoing`; its length. Makes no objects."""
        fields = self._fields
        pack_into("<Ii", fields, 0, tick_count, outputs.delivered_microsteps)
        value = outputs.commanded_ul_per_h
        pack_into("<HB", fields, 8, value & 0xFFFF, value >> 16)
        value = self.infused_s
        pack_into("<HBB", fields, 11, value & 0xFFFF, value >> 16, outputs.state)
        return endpoint.write_packed(_THERAPY, fields, _LAYOUT)
