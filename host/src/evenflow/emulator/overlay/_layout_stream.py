"""What controllers without a PIO add to the words of the exchange: see `_layout.py`."""

# ---- operations --------------------------------------------------------------------------------
OP_I2S_OPEN = 53  # pad of the data line; bytes of the buffer, 0
OP_I2S_WRITE = 54  # count of words; bytes, then for each frame with a one: its index, its bits
OP_I2S_CLOSE = 55
OP_SPI_OPEN = 57  # pad of MOSI | pad of MISO << 8
OP_SPI_TRANSFER = 56  # byte count; bytes: what MISO had comes as an I2C's bytes do

# ---- reply -------------------------------------------------------------------------------------
IN_STREAM = 36  # IN_DMA + 10: us until all that was written is sent, rounded up

FRAME_BYTES = 4
