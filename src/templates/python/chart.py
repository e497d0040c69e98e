"""A line chart as SVG text: no library, nothing to load, readable anywhere."""
from __future__ import annotations

import math
from html import escape

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 64, 44

# Name, any CSS colour, and points from left to right: x, y, drawn solid.
Series = tuple[str, str, list[tuple[float, float, bool]]]


def line_chart(
    title: str, x_label: str, y_label: str, series: list[Series]
) -> str:
    points = [point for _, _, line in series for point in line]
    x_ticks = [tick for tick in _ticks([x for x, _, _ in points], 13)
               if tick == int(tick)]
    y_ticks = _ticks([y for _, y, _ in points], 5)
    x_low, x_high = _ends([x for x, _, _ in points] + x_ticks)
    y_low, y_high = _ends([y for _, y, _ in points] + y_ticks)

    def x_of(value: float) -> float:
        share = (value - x_low) / (x_high - x_low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y_of(value: float) -> float:
        share = (value - y_low) / (y_high - y_low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} '
        f'{HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#444">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 22, title, more='font-size="15" font-weight="600"'),
        _text(WIDTH - RIGHT, HEIGHT - 8, x_label, "end"),
        _text(WIDTH - RIGHT, 46, y_label, "end"),
    ]
    for tick in y_ticks:
        y = y_of(tick)
        parts.append(_line(LEFT, WIDTH - RIGHT, y, "#e4e6ea", 1))
        parts.append(_text(LEFT - 8, y + 4, f"{tick:.6g}", "end"))
    for tick in x_ticks:
        place = (x_of(tick), HEIGHT - BOTTOM + 18)
        parts.append(_text(*place, f"{tick:.0f}", "middle"))
    for at, (name, color, line) in enumerate(series):
        path = " ".join(f"{x_of(x)},{y_of(y)}" for x, y, _ in line)
        parts.append(
            f'<polyline points="{path}" fill="none" '
            f'stroke="{escape(color)}" stroke-width="2"/>'
        )
        for x, y, solid in line:
            fill = escape(color) if solid else "#fff"
            parts.append(
                f'<circle cx="{x_of(x)}" cy="{y_of(y)}" r="3.5" '
                f'fill="{fill}" stroke="{escape(color)}"/>'
            )
        left = LEFT + at * 130
        parts.append(_line(left, left + 18, 42, color, 2))
        parts.append(_text(left + 24, 46, name))
    return "\n".join([*parts, "</svg>", ""])


def _text(
    x: float, y: float, text: str, anchor: str = "start", more: str = ""
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" {more}>'
        f"{escape(text)}</text>"
    )


def _line(x1: float, x2: float, y: float, color: str, width: int) -> str:
    return (
        f'<line x1="{x1}" x2="{x2}" y1="{y}" y2="{y}" '
        f'stroke="{escape(color)}" stroke-width="{width}"/>'
    )


def _ticks(values: list[float], about: int) -> list[float]:
    """Round numbers over the range, about as many: steps of 1, 2 or 5."""
    low, high = _ends(values)
    rough = (high - low) / about
    power = 10 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [at * step for at in range(first, last + 1)]


def _ends(values: list[float]) -> tuple[float, float]:
    """Lowest and highest; half a unit around a lone value."""
    low, high = min(values, default=0), max(values, default=1)
    return (low - 0.5, high + 0.5) if low == high else (low, high)
