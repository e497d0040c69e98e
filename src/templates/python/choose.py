"""Task `choose`: the best of the candidates that were trained."""
import sys

import handover

# In the order of the candidates; None where one of them failed.
trained = handover.inputs()["outputs"]["train"]
in_order = [at for at, outputs in enumerate(trained) if outputs]
if not in_order:
    sys.exit("there is no candidate to choose from")

best = min(in_order, key=lambda at: trained[at]["rmse"])
print(f"{trained[best]['name']} is the best of {len(in_order)}")
handover.outputs(index=best, **trained[best])
