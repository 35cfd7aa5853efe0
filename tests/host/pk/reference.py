"""The same compartments by a matrix exponential, in decimals of 60 digits."""

from decimal import Decimal, localcontext
from itertools import pairwise

from evenflow.pk.compartments import Compartments

Matrix = list[list[Decimal]]

DIGITS = 60
HALVINGS = 14
TERMS = 24


def concentration(
    of: Compartments,
    infusions: list[tuple[float, float, float]],
    time_min: float,
    ke0_per_min: float | None = None,
) -> float:
    """ng/mL in the centre or at the effect site, from the definition dA/dt = K A + rate."""
    with localcontext() as context:
        context.prec = DIGITS
        size = 1 + len(of.peripherals)
        state = [Decimal(0)] * (size + 1)
        moments = sorted({moment for start, stop, _ in infusions for moment in (start, stop)})
        moments = [moment for moment in moments if moment < time_min] + [time_min]
        for since, until in pairwise(moments):
            running = [rate for start, stop, rate in infusions if start <= since < stop]
            rate = sum(map(Decimal, running), Decimal(0))
            span = Decimal(until) - Decimal(since)
            step = exponential(times(rates(of, ke0_per_min, rate), span))
            state = [
                sum(
                    (one * was for one, was in zip(row, [*state, Decimal(1)], strict=True)),
                    Decimal(0),
                )
                for row in step[:-1]
            ]
        answer = state[0] if ke0_per_min is None else state[-1]
        return float(answer / Decimal(of.volume_l) * 1000)


def rates(of: Compartments, ke0_per_min: float | None, rate_mg_per_min: Decimal) -> Matrix:
    """Amounts in each compartment, ke0's beside them, and a 1 that the infusion comes from."""
    count = 1 + len(of.peripherals)
    matrix = [[Decimal(0)] * (count + 2) for _ in range(count + 2)]
    centre_l = Decimal(of.volume_l)
    matrix[0][0] -= Decimal(of.clearance_l_per_min) / centre_l
    for index, one in enumerate(of.peripherals, 1):
        exchange = Decimal(one.exchange_l_per_min)
        volume_l = Decimal(one.volume_l)
        matrix[0][0] -= exchange / centre_l
        matrix[index][0] += exchange / centre_l
        matrix[0][index] += exchange / volume_l
        matrix[index][index] -= (exchange + Decimal(one.clearance_l_per_min)) / volume_l
    if ke0_per_min is not None:
        matrix[count][0] = Decimal(ke0_per_min)
        matrix[count][count] = -Decimal(ke0_per_min)
    matrix[0][-1] = rate_mg_per_min
    return matrix


def exponential(matrix: Matrix) -> Matrix:
    """Scaling and squaring, with Taylor's series in the middle."""
    small = times(matrix, Decimal(1) / 2**HALVINGS)
    size = len(matrix)
    total = [[Decimal(row == column) for column in range(size)] for row in range(size)]
    term = total
    for index in range(1, TERMS):
        term = times(multiplied(term, small), Decimal(1) / index)
        total = [
            [one + other for one, other in zip(*rows, strict=True)]
            for rows in zip(total, term, strict=True)
        ]
    for _ in range(HALVINGS):
        total = multiplied(total, total)
    return total


def times(matrix: Matrix, factor: Decimal) -> Matrix:
    return [[one * factor for one in row] for row in matrix]


def multiplied(left: Matrix, right: Matrix) -> Matrix:
    columns = list(zip(*right, strict=True))
    return [
        [sum((a * b for a, b in zip(row, column, strict=True)), Decimal(0)) for column in columns]
        for row in left
    ]
