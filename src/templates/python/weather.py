"""Where the data comes from, and what must be true of it.

Daily weather of Seattle, 2012 to 2015, as measured by NOAA (see README.md).
The file is complete; to play "every week more data arrives", a week number
says how much of it is known: 104 weeks to begin with, then seven days more
each week. With data of your own, `read_days` becomes a download or a query
and the rest can stay.
"""
from __future__ import annotations

import csv
import math
from datetime import date, timedelta
from typing import NamedTuple

# Two full years, so that the first model has seen every season twice.
WEEKS_TO_BEGIN_WITH = 104
FIRST_DAY = date(2012, 1, 1)

# The file ends on 2015-12-31: after this week nothing new arrives.
LAST_WEEK = 104


class Day(NamedTuple):
    date: date
    precipitation: float  # millimetres
    temp_max: float  # degrees Celsius
    temp_min: float
    wind: float  # the mean of the day, as the source gives it


def read_days(path: str, week: int) -> list[Day]:
    """The days of the first 104 + week weeks: week 1 ends on 2014-01-04."""
    end = FIRST_DAY + timedelta(weeks=WEEKS_TO_BEGIN_WITH + week)
    with open(path, encoding="utf-8", newline="") as file:
        days = [_day_of(row) for row in csv.DictReader(file)]
    return [day for day in days if day.date < end]


def _day_of(row: dict[str, str]) -> Day:
    numbers = {name: float(row[name]) for name in Day._fields[1:]}
    return Day(date=date.fromisoformat(row["date"]), **numbers)


def check_days(days: list[Day]) -> None:
    """Raises ValueError, naming the faults, where days cannot be trusted."""
    if not days:
        raise ValueError("The data is empty.")
    faults = []
    for before, day in zip(days, days[1:]):
        if day.date != before.date + timedelta(days=1):
            faults.append(f"{before.date} is followed by {day.date}")
    for day in days:
        if not all(math.isfinite(value) for value in day[1:]):
            faults.append(f"{day.date}: a value is not a number")
        if day.temp_min > day.temp_max:
            faults.append(f"{day.date}: temp_min is above temp_max")
        if day.temp_min < -40 or day.temp_max > 55:
            faults.append(f"{day.date}: that is no weather of Seattle")
        if day.precipitation < 0 or day.wind < 0:
            faults.append(f"{day.date}: less than no rain, or no wind")
    if faults:
        more = [f"and {len(faults) - 5} more"] if len(faults) > 5 else []
        told = "\n  ".join(faults[:5] + more)
        raise ValueError(f"The data cannot be trusted:\n  {told}")
