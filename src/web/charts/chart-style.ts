/** Rules of the charts with axes, for the pages that have some; sizes of text are those of the page at every width. */

export const CHART_STYLE = `
.chart{margin:1.25rem 0 1.75rem;container-type:inline-size}
.chart figcaption{display:flex;flex-wrap:wrap;gap:0 1.25rem;align-items:baseline;font-size:.8125rem;color:var(--dim)}
.chart figcaption b{color:var(--ink);font-weight:600;font-size:.9375rem}
.chart figcaption i{font-style:normal}
.chart figcaption svg{width:30px;height:10px;margin-right:.4rem;overflow:visible}
.plot{position:relative;height:12rem;margin:.75rem 1rem 1.75rem 3rem}
.plot>svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.chart path{fill:none;stroke:currentColor;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}
.chart .grid{stroke:var(--line);stroke-width:1}
.chart .dot{stroke-width:6.5}.chart .many{stroke-width:4}.chart .sq{stroke-linecap:square;stroke-width:5}.chart .hole{stroke:var(--bg);stroke-width:3}
.chart .s0{color:var(--ink)}.chart .s1{color:var(--idle)}.chart .s2{color:var(--run)}.chart .s3{color:var(--edge)}
.chart .gate{color:var(--warn);stroke-width:1.5;stroke-dasharray:5 4;stroke-linejoin:miter;stroke-linecap:butt}
.chart .bar{fill:currentColor;stroke:none}.chart .bar.ok{color:var(--ok)}.plot .gap{fill:var(--warn)}.chart .faint{color:var(--edge);stroke-width:5}.bars-of-runs .plot{height:7rem}
.chart .area{fill:currentColor;fill-opacity:.13;stroke:none}
.plot text{font-size:12px;fill:var(--dim);font-variant-numeric:tabular-nums}
.plot .note{fill:var(--ink)}.plot .note,.plot .lab{paint-order:stroke;stroke:var(--bg);stroke-width:4px;stroke-linejoin:round}
.plot .x,.plot .gap{text-anchor:middle;dominant-baseline:central}.plot .x{fill:var(--fail);font-weight:700;font-size:16px}
.plot circle{fill:none;stroke:var(--ink);stroke-width:1.5}
.hits rect{width:var(--w);height:100%}.hits circle{r:8px}.hits circle,.hits rect{fill:none;stroke:none;pointer-events:all}.hits a:hover circle{stroke:var(--ink)}
.ty{text-anchor:end;transform:translate(-10px,4px)}.tx{text-anchor:middle;transform:translateY(22px)}
@container(max-width:34rem){.plot .alt{display:none}}
@media print{.chart{break-inside:avoid}}
`;
