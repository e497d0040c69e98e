"""How good a model is on the weeks set aside, whoever made it.

Weir runs this for the candidate and for the model in Production, on the same
data, and reads the figure from WEIR_METRICS (or from the last line).
"""
import argparse

import handover
from candidates import Table, load, rmse

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", required=True)
parser.add_argument("--held-out", required=True)
arguments = parser.parse_args()

error = rmse(load(arguments.model), Table(arguments.held_out))
handover.metrics(rmse=error)
print(error)
