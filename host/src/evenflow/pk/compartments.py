"""Compartments around a central one, and the exponentials that they decay by.

Flow between two compartments is the same both ways, so the rate matrix has a symmetric form; its
eigenvalues are real and its eigenvectors orthogonal, whether eigenvalues are equal or not.
Jacobi's rotations find them to a few units of rounding (Golub and Van Loan, Matrix Computations,
section 8.5).
"""

from dataclasses import dataclass
from math import copysign, hypot, sqrt

NG_PER_ML_IN_MG_PER_L = 1000.0
_MAX_SWEEPS = 30

Matrix = list[list[float]]


@dataclass(frozen=True, slots=True)
class Peripheral:
    """A compartment that exchanges with the central one, and may eliminate by itself."""

    volume_l: float
    exchange_l_per_min: float
    clearance_l_per_min: float = 0.0


@dataclass(frozen=True, slots=True)
class Compartments:
    """A central compartment, which is infused and measured, and those around it."""

    volume_l: float
    clearance_l_per_min: float
    peripherals: tuple[Peripheral, ...]


@dataclass(frozen=True, slots=True)
class Exponential:
    """What 1 mg into the centre is after t min: the sum of amplitude exp(-rate t), in ng/mL."""

    rate_per_min: float
    amplitude_ng_per_ml: float


def exponentials(compartments: Compartments) -> tuple[Exponential, ...]:
    """One for each compartment; amplitudes are squares, so that nothing cancels in their sum."""
    values, vectors = _eigen(_symmetric(compartments))
    per_mg = NG_PER_ML_IN_MG_PER_L / compartments.volume_l
    return tuple(
        Exponential(value, per_mg * vectors[0][column] ** 2) for column, value in enumerate(values)
    )


def _symmetric(of: Compartments) -> Matrix:
    """The rates out on the diagonal, in 1/min, for amounts scaled by the root of their volume."""
    size = 1 + len(of.peripherals)
    matrix = [[0.0] * size for _ in range(size)]
    out = of.clearance_l_per_min + sum(one.exchange_l_per_min for one in of.peripherals)
    matrix[0][0] = out / of.volume_l
    for index, one in enumerate(of.peripherals, 1):
        matrix[index][index] = (one.exchange_l_per_min + one.clearance_l_per_min) / one.volume_l
        between = -one.exchange_l_per_min / sqrt(of.volume_l * one.volume_l)
        matrix[0][index] = matrix[index][0] = between
    return matrix


def _eigen(matrix: Matrix) -> tuple[list[float], Matrix]:
    """Eigenvalues, and eigenvectors as columns; the matrix is used up."""
    size = len(matrix)
    vectors = [[float(row == column) for column in range(size)] for row in range(size)]
    pairs = [(row, column) for row in range(size) for column in range(row + 1, size)]
    for _ in range(_MAX_SWEEPS):
        has_turned = False
        for row, column in pairs:
            off = abs(matrix[row][column])
            if off and abs(matrix[row][row]) + off != abs(matrix[row][row]):
                _rotate(matrix, vectors, row, column)
                has_turned = True
        if not has_turned:
            return [matrix[index][index] for index in range(size)], vectors
    raise ArithmeticError("Jacobi's rotations did not end")


def _rotate(matrix: Matrix, vectors: Matrix, row: int, column: int) -> None:
    """Makes one element beside the diagonal zero."""
    half = (matrix[column][column] - matrix[row][row]) / (2 * matrix[row][column])
    tangent = copysign(1.0, half) / (abs(half) + hypot(half, 1.0))
    cosine = 1 / hypot(tangent, 1.0)
    sine = tangent * cosine
    change = tangent * matrix[row][column]
    matrix[row][row] -= change
    matrix[column][column] += change
    matrix[row][column] = matrix[column][row] = 0.0
    for other in range(len(matrix)):
        if other not in (row, column):
            first, second = matrix[other][row], matrix[other][column]
            matrix[other][row] = matrix[row][other] = cosine * first - sine * second
            matrix[other][column] = matrix[column][other] = sine * first + cosine * second
    for line in vectors:
        first, second = line[row], line[column]
        line[row], line[column] = cosine * first - sine * second, sine * first + cosine * second
