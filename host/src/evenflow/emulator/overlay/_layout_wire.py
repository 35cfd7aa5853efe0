"""What a motor driver that can be asked adds to the words of the exchange.

Apart from `_layout.py`, whose heap every board pays for.
"""

# ---- operations --------------------------------------------------------------------------------
OP_WIRE_OPEN = 26  # receive buffer bytes; baud, transmit buffer bytes
OP_WIRE_SEND = 27  # byte count; bytes
OP_WIRE_TAKE = 28  # byte count: the firmware took them from the receive buffer

# ---- reply -------------------------------------------------------------------------------------
IN_WIRE_UART = 150  # number of the UART to the motor driver, and one; 0: there is none
IN_WIRE_COUNT = 151  # bytes in its receive buffer
IN_WIRE_UNSENT = 152  # bytes in its transmit buffer
IN_WIRE = 153  # 8 words: the first bytes of its receive buffer

WIRE_WINDOW_BYTES = 32
