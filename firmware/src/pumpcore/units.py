"""Scales between the units that the core uses; all exact integers.

Quantities carry their unit as the last word of the name, so a factor is needed only where two
units meet. Masses of drug are ng, body weight too (a pound is a whole number of ng to four
decimals), volumes nL or fL, rates uL/h, pressures Pa, forces mN, times ms or us.
"""

FL_PER_NL = 1_000_000
NL_PER_UL = 1_000
NL_PER_ML = 1_000_000
UL_PER_ML = 1_000
NG_PER_UG = 1_000
NG_PER_MG = 1_000_000
NG_PER_KG = 1_000_000_000_000
MS_PER_S = 1_000
MS_PER_MIN = 60_000
MS_PER_H = 3_600_000
US_PER_MS = 1_000
US_PER_S = 1_000_000
S_PER_H = 3_600
UM_PER_MM = 1_000

# 1 mmHg = 133.322387415 Pa (BIPM, conventional millimetre of mercury)
PA_PER_MMHG_NUM = 133_322_387_415
PA_PER_MMHG_DEN = 1_000_000_000
