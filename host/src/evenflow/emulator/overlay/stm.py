"""MicroPython's `stm`: addresses of the timers, and the registers that are emulated.

It is there on an STM32 alone.
"""

from _emu import reply
from _layout_stm32 import IN_KIND, KIND_STM32

if reply[IN_KIND] != KIND_STM32:
    raise ImportError("no module named 'stm'")

from _registers import mem16, mem32
from _timers_stm32 import SLAVE_MODE as TIM_SMCR
from _timers_stm32 import TIMERS

__all__ = ["TIM_SMCR", "mem16", "mem32"]

TIM1, TIM2, TIM3, TIM4, TIM5, TIM8, TIM9 = [row[1] for row in TIMERS]
