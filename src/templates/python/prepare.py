"""Task `prepare`: the week's data, checked and made into two tables."""
import argparse
import os
import sys

import handover
from features import build_rows, hold_out, write_table
from weather import check_days, read_days

DATA = os.path.join(os.path.dirname(__file__), "data", "seattle-weather.csv")

# Long enough for calm weeks and stormy ones, short enough for one season.
HELD_OUT_WEEKS = 8

# The exit code that flow.yaml tries again (sysexits.h: temporary failure).
TRY_AGAIN = 75

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--week", type=int, required=True)
parser.add_argument("--to", required=True, help="the folder of the tables")
arguments = parser.parse_args()

try:
    days = read_days(DATA, arguments.week)
except OSError as error:  # of a download: no network, no answer in time
    print(f"the data cannot be had: {error}", file=sys.stderr)
    sys.exit(TRY_AGAIN)

try:
    check_days(days)
except ValueError as error:
    sys.exit(str(error))

train, held_out = hold_out(build_rows(days), HELD_OUT_WEEKS)
write_table(os.path.join(arguments.to, "train.csv"), train)
write_table(os.path.join(arguments.to, "held-out.csv"), held_out)

print(f"{len(days)} days are known by week {arguments.week}")
handover.outputs(
    days=len(days),
    first=days[0].date.isoformat(),
    last=days[-1].date.isoformat(),
    coldest=min(day.temp_min for day in days),
    warmest=max(day.temp_max for day in days),
)
