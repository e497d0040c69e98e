"""Task `report`: what a week leaves behind for people."""
import handover
import registry
from chart import line_chart

inputs = handover.inputs()["outputs"]
week, data = inputs["week"]["week"], inputs["prepare"]
best, decision = inputs["choose"], inputs["promote"]
trained = sorted(filter(None, inputs["train"]), key=lambda one: one["rmse"])

production = decision["production"]
if production is None:
    standing = "There was no model in Production yet."
else:
    value = decision["production_value"]
    standing = f"Production, version {production}: RMSE {value:.3f} °C."
    handover.metrics(production_rmse=value)

if decision["promoted"]:
    headline = f"version {decision['candidate']} promoted"
else:
    headline = f"version {production} stays in Production"

rows = [f"| {one['name']} | {one['rmse']:.3f} |" for one in trained]
handover.summary(
    "\n".join(
        [
            f"### Week {week}: {headline}",
            "",
            f"- Best candidate: **{best['name']}**, RMSE "
            f"{decision['candidate_value']:.3f} °C on the held-out weeks.",
            f"- {standing}",
            f"- Decision: {decision['reason']}",
            f"- Data: {data['days']} days, {data['first']} to {data['last']}, "
            f"{data['coldest']} to {data['warmest']} °C.",
            "",
            "| candidate | RMSE, °C |",
            "|---|---|",
            *rows,
            "",
        ]
    )
)

history = registry.weeks()
chart = line_chart(
    title="Error on the held-out weeks",
    x_label="week",
    y_label="RMSE, °C",
    series=[
        (
            "production",
            "#8a8f98",
            [
                (one["week"], one["production"], False)
                for one in history
                if one["production"] is not None
            ],
        ),
        (
            "candidate (filled: promoted)",
            "#0b6bcb",
            [
                (one["week"], one["candidate"], one["promoted"])
                for one in history
            ],
        ),
    ],
)
handover.artifact("weeks.svg", chart)
print(f"week {week}: {headline}")
