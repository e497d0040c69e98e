"""How a script tells Weir what it came to: files named by the environment.

Outside of Weir nothing is told, so that a script can be tried by hand.
"""
from __future__ import annotations

import json
import os


def inputs() -> dict:
    """What the tasks before this one handed on, with the parameters."""
    with open(os.environ["WEIR_INPUTS"], encoding="utf-8") as file:
        return json.load(file)


def outputs(**values: object) -> None:
    """Later tasks find them as ${{ tasks.NAME.outputs.VALUE }}."""
    _write("WEIR_OUTPUT", json.dumps(values))


def metrics(**figures: float) -> None:
    """Kept with the run, and drawn over the runs."""
    _write("WEIR_METRICS", json.dumps(figures))


def summary(markdown: str) -> None:
    """Shown on the page of the run."""
    _write("WEIR_SUMMARY", markdown)


def artifact(name: str, text: str) -> None:
    """Kept with the run: a chart, a table, a page."""
    folder = os.environ.get("WEIR_ARTIFACTS")
    if folder is not None:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def _write(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path is not None:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
