"""Words of the exchange between the emulated controller's process and the board around it.

One exchange: the controller writes a request (three counts, then operations), the board lets that
much virtual time pass and writes a reply of fixed size. Both are arrays of 32-bit words in the
machine's byte order, since both ends run on one machine. Shared by MicroPython and the host.
"""

# ---- request: header, then operations ---------------------------------------------------------
OUT_SEQUENCE = 0
OUT_SPAN_US = 1  # virtual time to pass before the reply
OUT_RX_TAKEN = 2  # words that the firmware took from RX FIFOs, four bits a state machine
OUT_UART_TAKEN = 3  # bytes that it took from the UART's receive buffer
OUT_HEADER = 4
OUT_WORDS = 512  # 2 KiB: below PIPE_BUF, so that a request is read whole

# ---- operations: code << 24 | argument, then payload words -----------------------------------
OP_PIN_OUT = 1  # pad | level << 8
OP_PIN_IN = 2  # pad | pull << 8 (0 none, 1 up, 2 down)
# machine | program << 8 | FIFO depth << 16; freq_hz, in | out << 8 | set << 16 | side << 24, where
# 255 is no pin, and `in` is the jmp pin of a program that has no in pins
OP_SM_INIT = 3
OP_SM_BEGIN = 4  # machine
OP_SM_HALT = 22  # machine
OP_SM_RESTART = 5  # machine
OP_SM_PUT = 6  # machine; word
OP_SM_PULL = 7  # machine: an executed `pull(noblock)`
OP_SM_SET_PINS = 21  # machine | level << 8: an executed `set(pins, level)`
OP_DMA_LOAD = 8  # channel | count << 8; words that the next trigger will send
OP_DMA_MORE = 9  # channel | count << 8; words that did not fit into the request before
OP_DMA_START = 10  # channel | machine << 8 | chained channel << 16
# channel | machine << 4 | count << 7 | 1 << 17 to abort it first; words: load and start in one
OP_DMA_RUN = 25
OP_DMA_ABORT = 11  # channel
OP_DMA_PAUSE = 23  # channel | 256 to pause, 0 to go on
OP_PWM = 12  # pin; freq_hz (0: released), duty_u16
OP_WDT_START = 13  # timeout_ms
OP_WDT_FEED = 14
OP_UART_OPEN = 15  # receive buffer bytes; baud, transmit buffer bytes
OP_UART_SEND = 16  # byte count; bytes
# address | bytes of the place << 7 | byte count << 9; place, Hz of the bus (and the bytes)
OP_I2C_READ = 17
OP_I2C_WRITE = 18
OP_ADC = 19  # pad, or ADC_TEMPERATURE: sample it from now on
OP_RESET = 20
OP_VERSION = 24  # of the interpreter: major << 16 | minor << 8 | patch
OP_FLASH_ERASE = 40  # block
OP_FLASH_PROGRAM = 41  # block | pages << 16
OP_INTERRUPT = 42  # Ctrl-C came while it could not be obeyed: tell me again
OP_PROMPT = 43  # the scripts of the flash have ended, the prompt comes
OP_SOFT_RESET = 44
OP_SCRIPT = 45  # a script of the flash begins: Ctrl-C may end it

# ---- reply ---------------------------------------------------------------------------------
IN_SEQUENCE = 0  # the request's, IN_INTERRUPT if Ctrl-C was pressed, IN_FAULT if one begins
IN_TICKS_LOW = 1  # the controller's microseconds, preset included, 64 bits
IN_TICKS_HIGH = 2
IN_LEVELS = 3  # bit per pad
IN_RESET_CAUSE = 4
IN_I2C_STATUS = 5  # 0 acknowledged, else errno
IN_UART_COUNT = 6  # bytes in the receive buffer
IN_UART_UNSENT = 7  # bytes in the transmit buffer
IN_UNIQUE_ID = 8  # 2 words
IN_MACHINE = 10  # 8 words: by what a counter has changed X, else the words in the TX FIFO
IN_RX_COUNT = 18  # 8 words: words in the RX FIFO
IN_DMA = 26  # 12 words: transfers left
IN_ADC = 38  # 4 words: pads 26 to 29
IN_RX = 42  # 8 words: the RX FIFO of the one program that fills it by itself
IN_I2C = 50  # 14 words: 56 bytes read
IN_UART = 64  # 64 words: the first 256 bytes of the receive buffer
IN_FAULT_KIND = 128  # a FAULT_…, if the sequence has the mark IN_FAULT
IN_FAULT_NAME = 129  # 15 words: what the fault names, filled up with blanks
IN_TICK_COST_US = 144  # what a tick of the firmware costs
IN_SEED = 145  # 2 words: of `random` and of `os.urandom`, another at every start
IN_ADC_TEMPERATURE = 147  # the controller's own sensor
IN_CHIP_RESET = 148  # registers of the RP2040: see machine.mem32
IN_WATCHDOG_REASON = 149
# 11 words: see _layout_wire.py
IN_WORDS = 161

IN_INTERRUPT = 1 << 31
IN_FAULT = 1 << 30

# Faults that the overlay makes in the firmware: see _fault.py
FAULT_RAISE = 1
FAULT_HANG = 2
FAULT_CORRUPT = 3
FAULT_SKIP = 4
FAULT_NAME_BYTES = 60

UART_WINDOW_BYTES = 256
I2C_WINDOW_BYTES = 56
MACHINE_COUNT = 8
DMA_COUNT = 12
NO_PIN = 255
# As if it were a pad.
ADC_TEMPERATURE = 31

# PIO programs, known by the name of their function
PROGRAMS = ("stepper", "edge_count", "quadrature_half", "hx711", "heartbeat", "limiter")
# And those of a fixture.
PROGRAMS += ("step_stamp", "hx711_play", "quadrature_play")

# RP2040 datasheet, 2.12.8 and 4.7.6
HAD_POR = 1 << 8
HAD_RUN = 1 << 16
# RP2350 datasheet, 6.4
HAD_POR_RP2350 = 1 << 16
HAD_RUN_RP2350 = 1 << 18
REASON_TIMER = 1 << 0
REASON_FORCE = 1 << 1

# Why a controller started. The first and the third are what rp2's machine.reset_cause() knows.
PWRON_RESET = 1
LINE_RESET = 2  # its reset line was pulled
WDT_RESET = 3  # its watchdog was not fed
SELF_RESET = 4  # machine.reset()
SOFT_RESET = 5  # the interpreter alone
