"""The kinds of model that compete, and what is done with any of them.

To add one: a name in `make`, and that name under `candidates` in flow.yaml.
All of them learn by how much tomorrow differs from today: a forest then need
not learn the temperature itself, and a ridge under a heavy penalty ends at
the naive forecast.
"""
from __future__ import annotations

import csv
import math

import joblib
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def make(name: str):
    """What a candidate's name means: `ridge 10`, `forest of 40`."""
    if name == "same as today":
        # The naive forecast. What cannot beat it is not worth its electricity.
        return DummyRegressor(strategy="constant", constant=0.0)
    kind, _, number = name.rpartition(" ")
    if kind == "ridge":
        # A penalty on weights is only fair if all features have one scale.
        return make_pipeline(StandardScaler(), Ridge(alpha=float(number)))
    if kind == "forest of":
        return RandomForestRegressor(
            n_estimators=int(number),
            max_depth=6,
            min_samples_leaf=5,
            max_features=1 / 3,
            random_state=1,
        )
    raise ValueError(f'candidates.py knows no candidate "{name}"')


class Table:
    """A table as features.py writes it."""

    def __init__(self, path: str) -> None:
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.features = list(rows[0])[3:]
        self.today = [float(row["today"]) for row in rows]
        self.tomorrow = [float(row["tomorrow"]) for row in rows]
        self._rows = rows

    def columns(self, names: list[str]) -> list[list[float]]:
        """By name, not by position: a model of last month still works
        after a feature was added."""
        return [[float(row[name]) for name in names] for row in self._rows]


def fit(name: str, table: Table) -> dict[str, object]:
    """A fitted candidate, with the names of the features it was given."""
    changes = [t - today for t, today in zip(table.tomorrow, table.today)]
    model = make(name).fit(table.columns(table.features), changes)
    return {"name": name, "features": table.features, "model": model}


def rmse(fitted: dict, table: Table) -> float:
    """Root mean squared error, degrees: how far off a forecast is."""
    changes = fitted["model"].predict(table.columns(fitted["features"]))
    errors = [
        today + change - tomorrow
        for today, change, tomorrow in zip(
            table.today, changes, table.tomorrow
        )
    ]
    return math.sqrt(sum(error**2 for error in errors) / len(errors))


def save(fitted: dict, path: str) -> None:
    joblib.dump(fitted, path)


def load(path: str) -> dict:
    return joblib.load(path)
