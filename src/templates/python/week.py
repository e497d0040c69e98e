"""Task `week`: which week it is, and whether this Python can train at all."""
import argparse
import sys
from importlib.util import find_spec

import handover
import registry
from weather import LAST_WEEK

if find_spec("sklearn") is None:
    sys.exit(
        f"scikit-learn is missing: {sys.executable} cannot import it.\n"
        "Install it for this Python:\n"
        "  python3 -m pip install -r requirements.txt\n"
        "or, beside the flow, for this flow alone:\n"
        "  python3 -m venv venv && venv/bin/pip install -r requirements.txt\n"
        'and take the # away before "venv: ./venv" in flow.yaml.'
    )

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--week", type=int, required=True, help="0: the next")
week = parser.parse_args().week or registry.last_week() + 1

has_data = week <= LAST_WEEK
if not has_data:
    print(f"the data ends with week {LAST_WEEK}: none for week {week}")
handover.outputs(week=week, has_data=has_data)
