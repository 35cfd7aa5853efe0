"""Predicted concentrations of ketamine, from published parameter sets; never to control a pump.

`models()` lists the sets with their provenance, `predict` gives plasma or effect site exactly.
"""

from evenflow.pk.error import (
    CovariateError,
    InvalidInfusion,
    InvalidTime,
    NoVariances,
    OutOfBounds,
    PredictionError,
    UnknownAnalyte,
    UnknownModel,
    UnknownSite,
)
from evenflow.pk.even_times import EvenTimes
from evenflow.pk.live import Level, LiveBand
from evenflow.pk.measurement import Measured, measured
from evenflow.pk.metabolite import analytes
from evenflow.pk.model import Ke0Option, Model, models
from evenflow.pk.people import Population, models_with_variances, population
from evenflow.pk.prediction import predict
from evenflow.pk.samples import delivered

__all__ = [
    "NEVER_CONTROLS",
    "CovariateError",
    "EvenTimes",
    "InvalidInfusion",
    "InvalidTime",
    "Ke0Option",
    "Level",
    "LiveBand",
    "Measured",
    "Model",
    "NoVariances",
    "OutOfBounds",
    "Population",
    "PredictionError",
    "UnknownAnalyte",
    "UnknownModel",
    "UnknownSite",
    "analytes",
    "delivered",
    "measured",
    "models",
    "models_with_variances",
    "population",
    "predict",
]

NEVER_CONTROLS = (
    "Predictions by transcribed parameter sets, for simulation: never used to control the pump."
)
