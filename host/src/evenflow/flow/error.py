"""What an analysis of a flow refuses, by name; a ValueError too, as callers from Python expect."""

from evenflow.errors import Refused


class FlowError(Refused, ValueError):
    """A series, a window or a file that no figure can be made of.

    `code` is one of: length_differs, not_finite, not_numbers, time_order, series_short,
    series_sparse, rate_range, sample_range, span_range, window_range, window_multiple,
    volume_range, no_bolus, unknown_kind, bad_header, bad_row, no_rate, instrument_drift,
    rest_unstable, mass_fell, density_range,
    temperature_range, unknown_syringe, calibration_few, calibration_range, calibration_spread.
    """
