"""The controller's own calendar: it starts anew at every reset, and runs with its crystal."""

import _emu

# rp2's main.c sets the calendar to the first of January 2021 whenever it starts.
_START_YEAR = 2021
_US_PER_S = 1_000_000
_S_PER_DAY = 86_400
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class RTC:
    """As rp2's, with one clock for all objects."""

    # Seconds since 2021 when the microsecond clock showed zero.
    _zero_s = 0

    def datetime(self, moment: tuple[int, ...] | None = None) -> tuple[int, ...] | None:
        """(year, month, day, weekday, hours, minutes, seconds, 0), or set it; Monday is 0."""
        now_s = _emu.now_us // _US_PER_S
        if moment is not None:
            year, month, day, _weekday, hours, minutes, seconds = moment[:7]
            days = _days(year, month, day)
            RTC._zero_s = days * _S_PER_DAY + hours * 3600 + minutes * 60 + seconds - now_s
            return None
        days, left_s = divmod(RTC._zero_s + now_s, _S_PER_DAY)
        # The first of January 2021 was a Friday.
        weekday = (days + 4) % 7
        year = _START_YEAR
        while days >= 365 + _is_leap(year):
            days -= 365 + _is_leap(year)
            year += 1
        month = 1
        while days >= _month_days(year, month):
            days -= _month_days(year, month)
            month += 1
        return (year, month, days + 1, weekday, left_s // 3600, left_s // 60 % 60, left_s % 60, 0)


def _is_leap(year: int) -> int:
    return int(year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def _month_days(year: int, month: int) -> int:
    return _MONTH_DAYS[month - 1] + (_is_leap(year) if month == 2 else 0)


def _days(year: int, month: int, day: int) -> int:
    if not (_START_YEAR <= year < 2100 and 1 <= month <= 12):
        raise ValueError("RTC: a year from %d and a month from 1 to 12" % _START_YEAR)
    if not 1 <= day <= _month_days(year, month):
        raise ValueError("RTC: no such day")
    days = day - 1
    for earlier in range(_START_YEAR, year):
        days += 365 + _is_leap(earlier)
    for earlier in range(1, month):
        days += _month_days(year, earlier)
    return days
