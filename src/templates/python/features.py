"""What the models see: for each day, what is known in its evening.

The target is tomorrow's maximum temperature. A feature must never look at
tomorrow. A table is a CSV file: date, today, tomorrow, then the features.
"""
from __future__ import annotations

import csv
import math
from datetime import date, timedelta

from weather import Day

# How far back the longest feature looks; the first days have no row.
LONGEST = 30


def build_rows(days: list[Day]) -> list[dict[str, object]]:
    """One row for each day that has enough days before it, and one after."""
    return [
        {
            "date": days[at].date.isoformat(),
            "today": days[at].temp_max,
            "tomorrow": days[at + 1].temp_max,
            **_features(days[: at + 1]),
        }
        for at in range(LONGEST - 1, len(days) - 1)
    ]


def _features(days: list[Day]) -> dict[str, float]:
    today = days[-1]

    def past(field: str, count: int) -> float:
        """The mean over the last days, today included."""
        values = [getattr(day, field) for day in days[-count:]]
        return sum(values) / count

    season = _season(today.date + timedelta(days=1))
    features = {
        "max": today.temp_max,
        "max_1_ago": days[-2].temp_max,
        "max_2_ago": days[-3].temp_max,
        "max_mean_7": past("temp_max", 7),
        "max_mean_30": past("temp_max", LONGEST),
        "min": today.temp_min,
        "min_1_ago": days[-2].temp_min,
        "min_mean_7": past("temp_min", 7),
        "range": today.temp_max - today.temp_min,  # wide under clear skies
        "rain": math.log1p(today.precipitation),
        "rain_mean_3": math.log1p(past("precipitation", 3)),
        "wind": today.wind,
        "wind_mean_3": past("wind", 3),
        "season_sin": math.sin(season),
        "season_cos": math.cos(season),
    }
    # Four decimals are more than a thermometer has.
    return {name: round(value, 4) for name, value in features.items()}


def _season(day: date) -> float:
    """Where in the year a day lies, as an angle. Known the day before."""
    new_year, next_year = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    day_of_year = (day - new_year).days + 1
    return 2 * math.pi * day_of_year / (next_year - new_year).days


def hold_out(rows: list, weeks: int) -> tuple[list, list]:
    """Sets the last weeks aside: a forecast is judged on later days."""
    cut = len(rows) - weeks * 7
    if cut <= 0:
        raise ValueError(f"{len(rows)} rows are too few for {weeks} weeks.")
    return rows[:cut], rows[cut:]


def write_table(path: str, rows: list[dict[str, object]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
