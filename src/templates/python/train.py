"""Task `train`, once for each candidate: fits it, judges it, keeps it."""
import argparse

import handover
from candidates import Table, fit, rmse, save

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--candidate", required=True, help='such as "ridge 10"')
parser.add_argument("--train", required=True, help="the table to learn from")
parser.add_argument("--held-out", required=True, help="the table to judge on")
parser.add_argument("--model", required=True, help="the file to write")
arguments = parser.parse_args()

fitted = fit(arguments.candidate, Table(arguments.train))
error = rmse(fitted, Table(arguments.held_out))
save(fitted, arguments.model)

print(f"RMSE {error:.3f} °C")
handover.metrics(rmse=error)
handover.outputs(name=arguments.candidate, rmse=error)
