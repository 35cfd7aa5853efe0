"""What a prediction refuses, by name; each is a ValueError too, as callers from Python expect."""

from evenflow.errors import Refused


class PredictionError(Refused, ValueError):
    """A prediction that cannot be made as asked."""


class UnknownModel(PredictionError):
    """No parameter set has this name."""


class CovariateError(PredictionError):
    """A covariate that is missing, out of the set's range, or none of the set's."""


class InvalidInfusion(PredictionError):
    """An infusion without length, that runs backwards, or whose numbers are no numbers."""


class InvalidTime(PredictionError):
    """A time that is no finite number, or an even row of times that does not go forward."""

    @classmethod
    def not_finite(cls, time_min: float) -> "InvalidTime":
        """Words for a time that is infinite or none."""
        return cls("time_invalid", f"a time of {time_min} min", "give finite times")


class UnknownAnalyte(PredictionError):
    """A metabolite that the set does not have, or not at the site that is asked for."""


class UnknownSite(PredictionError):
    """A site other than plasma and effect, or a ke0 that does not fit the site."""


class NoVariances(PredictionError):
    """A parameter set for which no variances between people are transcribed."""


class OutOfBounds(PredictionError):
    """A count or a percentage that cannot be worked with."""
