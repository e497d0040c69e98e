/**
 * Rules that only pages with a log need, after the style sheet of all. Colours of terminals are drawn anew for both
 * themes: at least 4.5 : 1 on the log's ground, also where a line is pointed out.
 */

/** By the numbers of terminals: red, green, yellow, blue, magenta, cyan; black, grey and white follow the page. */
const COLORS = [
  ['#a3190b', '#ff968c'],
  ['#0b6337', '#7ddc9a'],
  ['#6f4e00', '#e8c35a'],
  ['#0b4aa8', '#8fbaff'],
  ['#8a1a7c', '#e8a4ee'],
  ['#0a5a66', '#6fd3e0'],
] as const;

const INK = COLORS.map(
  ([light, dark], index) => `.log .c${index + 1},.log .c${index + 9}{color:light-dark(${light},${dark})}`,
).join('');
const GROUND = COLORS.map(
  ([light, dark], index) =>
    `.log .k${index + 1},.log .k${index + 9}{background:color-mix(in srgb,light-dark(${light},${dark}) 22%,var(--soft))}`,
).join('');

/** What lines of a log look like, also at the end of a run's page. */
export const LINE_STYLE = `
${INK}${GROUND}
.log .c8,.log .c7{color:var(--dim)}
.log .k0,.log .k7,.log .k8,.log .k15{background:var(--line)}
.log .cx{color:oklch(from var(--c) clamp(var(--lo,0),l,var(--hi,.45)) c h)}
.log .kx{background:oklch(from var(--k) var(--kl,.88) min(c,.1) h)}
@media(prefers-color-scheme:dark){.log{--lo:.78;--hi:1;--kl:.34}}
.log .cb,.log b{font-weight:700}.log .cf{font-style:italic;color:var(--dim)}.log .ci{font-style:italic}.log .cu{text-decoration:underline}
.log .w{box-shadow:-5px 0 var(--soft),-8px 0 var(--warn)}
.log u{text-decoration:none;border:1px dotted var(--edge);border-radius:3px;padding:0 .2em;margin:0 .1em;color:var(--dim);unicode-bidi:isolate}
`;

export const LOG_STYLE = `${LINE_STYLE}
.log summary{width:auto;list-style:none}.log summary::-webkit-details-marker{display:none}
.log summary b::before{text-indent:0;content:"\\25b8";display:inline-block;width:1em;color:var(--dim)}
.log details[open]>summary b::before{content:"\\25be"}
.log .h{background:color-mix(in srgb,var(--warn) 13%,var(--soft))}
.log mark{background:#ffe08a;color:#1a1e24;border-radius:2px}.log mark *{color:inherit}
.log hr{border:0;border-top:1px dashed var(--edge);margin:.35rem 0}
.log .b{content-visibility:auto;contain-intrinsic-size:auto calc(var(--n,200)*1.26rem);margin:0 -1rem;padding:0 1rem}
.log .skip{color:var(--dim);font-style:italic}
.tabs{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:.75rem 0}.tabs a{text-decoration:none;color:var(--dim);padding:.15rem 0}.tabs a:hover,.tabs [aria-current]{color:var(--ink)}.tabs [aria-current]{box-shadow:inset 0 -2px}
.tools{margin-top:1rem}.tools label{white-space:nowrap}.tools input[type=search]{flex:0 1 20rem}
.pages{flex-wrap:wrap;gap:.25rem 1.25rem;font-size:.875rem;font-variant-numeric:tabular-nums}
#pill{position:fixed;bottom:1.5rem;left:50%;transform:translateX(-50%);background:var(--ink);color:var(--bg);border-color:var(--ink)}
#said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media(max-width:46rem){.log.all{padding-inline:.75rem}.log.all .b{margin:0 -.75rem;padding:0 .75rem}}
`;
