/** Rules that only the pages of runs need. */

export const RUN_STYLE = `
h1 a{text-decoration:none}h1 a:hover{text-decoration:underline}
.ways{margin:.75rem 0;font-size:.875rem}.ways .acts{margin:0}.ways .flex{gap:.5rem 1rem}
.graph{margin:.25rem 0 1.25rem;padding:4px 0}.graph svg{max-width:max(100%,calc(var(--w)*.8));height:auto}
.graph path{stroke:var(--edge)}.graph .after{stroke-dasharray:1 4}.graph .crit{stroke:var(--ink);stroke-width:2}
.graph rect{fill:var(--bg);stroke:var(--edge)}.graph .crit rect{stroke:var(--ink)}.graph .skip rect{stroke-dasharray:4 3}
.graph a{text-decoration:none}.graph a:hover rect{fill:var(--soft)}.graph text{fill:var(--ink);stroke:none;font-size:13px;font-weight:500}
.graph .sub{fill:var(--dim);font-size:11.5px;font-weight:400}
.tasks .w{width:38%}.tasks thead th{vertical-align:bottom}.tasks th a{text-decoration:none}.tasks th a:hover{text-decoration:underline}
.tasks .sub a{text-decoration:underline}.tasks tr:target{background:var(--soft)}
.tasks button{border:0;background:none;padding:0 0 0 .75rem;font-size:.8125rem;font-weight:400;color:var(--dim);text-decoration:underline}
@media(hover:hover){.tasks button{opacity:0}.tasks tr:hover button,.tasks button:focus-visible{opacity:1}}
.axis{display:block;position:relative;height:1.2rem}.axis span{position:absolute;border-left:1px solid var(--line);padding-left:.25rem;font-size:.75rem}
.away{position:absolute;left:-99rem}
.gantt{display:block;width:100%;height:14px;margin-top:.25rem}td:has(.gantt){vertical-align:top}
.gantt path{fill:currentColor}.gantt .wait{fill:var(--line)}
.gantt .back{fill:none;stroke:var(--warn);stroke-width:2;stroke-dasharray:2 3;vector-effect:non-scaling-stroke}
.gantt .p50{stroke:var(--ink);stroke-width:1.5;vector-effect:non-scaling-stroke}
.gantt rect{fill:currentColor}
.grow{transform-box:fill-box;transform-origin:0;animation:grow linear forwards}
@keyframes grow{from{transform:scaleX(var(--k))}}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem;margin:.5rem 0}.facts dt{color:var(--dim)}.facts dd{margin:0}
.md{max-width:46rem}.md :is(h3,h4,h5,h6){font-size:.9375rem;font-weight:650;margin:1rem 0 .25rem}.md p{margin:.5rem 0}.md table{width:auto}
.md blockquote{margin:.5rem 0;padding-left:1rem;border-left:2px solid var(--line);color:var(--dim)}
.spark{vertical-align:middle}
@media(max-width:46rem){.tasks tbody th{width:56%}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.5rem}}
@media(prefers-reduced-motion:reduce){.grow{animation:none;transform:scaleX(var(--k))}}
@media print{.ways,.tasks button{display:none}.graph svg{max-width:100%;height:auto}.grow{animation:none;transform:scaleX(var(--k))}tr,article{break-inside:avoid}.tail{max-height:22rem;overflow:hidden}html{font-size:11px}.tasks td,.tasks th{padding-block:.25rem}}
`;
