"""What Weir's model registry knows, as `weir model inspect` prints it."""
from __future__ import annotations

import json
import subprocess
import sys

MODEL = "seattle-temperature"


def last_week() -> int:
    """The last week of which a model was registered; 0 before the first."""
    return max((_week_of(v) for v in _inspect()["versions"]), default=0)


def weeks() -> list[dict]:
    """The weeks so far, from the registry's own log of decisions.

    A week that was run again counts by its last decision.
    """
    known = _inspect()
    week_of = {v["version"]: _week_of(v) for v in known["versions"]}
    found = {}
    for decision in sorted(known["decisions"], key=lambda d: d["at"]):
        week = week_of[decision["candidate"]]
        if week == 0 or decision["candidate_value"] is None:
            continue  # registered or promoted by hand
        found[week] = {
            "week": week,
            "candidate": decision["candidate_value"],
            "production": decision["production_value"],
            "promoted": decision["promoted"],
        }
    return [found[week] for week in sorted(found)]


def _week_of(version: dict) -> int:
    return int(version["tags"].get("week", 0))


def _inspect() -> dict:
    command = ["weir", "model", "inspect", MODEL, "--json"]
    try:
        result = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        sys.exit(
            "the program weir is in no folder of PATH: put it there, "
            "or give the week, as in: weir run -p week=7"
        )
    if result.returncode == 0:
        return json.loads(result.stdout)
    if "no model" in result.stderr:
        return {"versions": [], "decisions": []}  # nothing registered yet
    sys.exit(result.stderr)
