/**
 * The style sheet of all pages, inline in each: under 6 KB. What only one page needs stands beside that page and comes
 * after this. Colours come from here alone, so that the dark ones and forced colours need no second drawing.
 */

export const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--ink:#1a1e24;--dim:#5b626e;--line:#e3e6ea;--soft:#f5f6f8;--ok:#128461;--fail:#ab1c06;--run:#053d91;--warn:#b7830f;--idle:#636a77;--edge:#868d99;--risk:var(--fail)}
@media(prefers-color-scheme:dark){:root{--bg:#14171c;--ink:#e6e9ee;--dim:#a2a8b4;--line:#2b3038;--soft:#1c2027;--ok:#b0fbd6;--fail:#df4646;--run:#3977d4;--warn:#fdc436;--idle:#9fa4af;--edge:#6d7480;--risk:#ff8a80}}
*{box-sizing:border-box}
html{background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
body{max-width:74rem;min-height:100dvh;margin:0 auto;padding:0 1.5rem;display:flex;flex-direction:column}
main{flex:1;min-width:0}
a{color:inherit;text-decoration:underline;text-decoration-color:color-mix(in srgb,currentColor 35%,transparent);text-underline-offset:.2em}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:3px solid var(--run);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--bg);padding:.25rem .5rem}
header{display:flex;align-items:baseline;gap:0 1.5rem;line-height:3.5rem;border-bottom:1px solid var(--line)}
header a{text-decoration:none;color:var(--dim)}
header a:hover,header [aria-current]{color:var(--ink)}
header nav{display:flex;gap:0 1.1rem;white-space:nowrap;min-width:0;overflow-x:auto;scrollbar-width:none}
header nav [aria-current]{box-shadow:inset 0 -2px}
header svg{vertical-align:-.25em;margin-right:.5rem}
header .name{font-weight:700;font-size:1.1rem;color:var(--ink)}
header search{flex:0 1 17rem;margin-left:auto}header input{width:100%}
footer{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin-top:3rem;padding:1rem 0 1.5rem;border-top:1px solid var(--line);color:var(--dim);font-size:.8125rem}
footer #live{margin-left:auto}footer button{padding:0;border:0;background:none;font-size:inherit;font-weight:400;text-decoration:underline}
h1{font-size:1.625rem;line-height:1.25;font-weight:650;letter-spacing:-.015em;margin:2rem 0 .25rem}
h2{font-size:1rem;font-weight:650;margin:2.25rem 0 .5rem}
h3{font-size:.9375rem;font-weight:600;margin:0}
h2 small{font-weight:400;color:var(--dim);font-size:.875rem;margin-left:.5rem}
p{margin:.25rem 0}
.dim,.sub,.lead{color:var(--dim)}.sub{font-size:.875rem}
.lead b{color:var(--ink);font-weight:500}
.st,.nw,.n{white-space:nowrap}
a,b,code{unicode-bidi:isolate}a>.st{text-decoration:inherit}
.g{vertical-align:-.125em;margin-right:.45em;width:1em;height:1em;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.symbols{position:absolute}
.ok{color:var(--ok)}.fail{color:var(--fail)}.run{color:var(--run)}.warn{color:var(--warn)}.idle{color:var(--idle)}
h1 .g{vertical-align:-.13em}
.spin{animation:spin 2s linear infinite}
@keyframes spin{to{transform:rotate(1turn)}}
@media(prefers-reduced-motion:reduce){.spin{animation:none}}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:baseline;padding:.5rem 1.25rem .5rem 0;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
thead th{font-weight:400;font-size:.8125rem;color:var(--dim);padding-block:.25rem}
tbody th{font-weight:500}
tbody tr:hover{background:var(--soft)}
.n{text-align:right}.n:first-child{width:1%}thead th{overflow-wrap:normal}
td .sub,th .sub{display:block;font-weight:400}
.bars path{stroke:currentColor;stroke-width:4}.bars{display:block;width:180px;height:26px;margin-left:auto}td:has(.bars,.spark){vertical-align:middle}.bars .none{color:var(--line)}
.spark{width:120px;height:24px;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}
.acts{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.75rem 0}
button,.btn,input,select,textarea{font:inherit;font-size:.875rem;line-height:1.25rem;color:inherit;background:var(--bg);border:1px solid var(--edge);border-radius:6px;padding:.3rem .75rem}
button,.btn{cursor:pointer;text-decoration:none;font-weight:500;white-space:nowrap}
button:hover,.btn:hover{background:var(--soft)}
button.main{background:var(--ink);border-color:var(--ink);color:var(--bg)}button.main:hover{opacity:.85}
button.risk{color:var(--risk)}
input,select,textarea{max-width:100%;padding-inline:.6rem}textarea{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.8125rem}
::placeholder{color:var(--dim);opacity:1}
kbd{font:.8125rem ui-monospace,Menlo,Consolas,monospace}dialog{color:inherit;background:var(--bg);border:1px solid var(--edge);border-radius:6px;padding:1rem 1.5rem}dialog button{margin-top:1rem}
.cmds{color:var(--dim);font-size:.8125rem}.cmds summary{line-height:1.6rem}.cmds[open]{flex-basis:100%}.cmds pre{color:var(--ink)}
summary{cursor:pointer;width:fit-content;min-height:1.6rem}
.done{background:var(--soft);border-radius:4px;padding:.5rem 1rem;margin-top:1.5rem}
.wide{overflow-x:auto}
.box{border:1px solid var(--line);border-left:4px solid var(--fail);padding:.75rem 1rem;margin:.5rem 0}
.box.warn{border-left-color:var(--warn);color:inherit}
.flex{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline}.flex .end{margin-left:auto}
pre,code,.log{font:.8125rem/1.55 ui-monospace,Menlo,Consolas,monospace}
pre,.log{background:var(--soft);padding:.75rem 1rem;margin:.5rem 0;white-space:pre-wrap;max-height:32rem;overflow:auto}
.box pre{background:none;padding:0;margin:.5rem 0 .25rem;max-height:none}
.log [id^=L]{padding-left:calc(var(--w,5ch) + 1em);text-indent:calc(-1em - var(--w,5ch));scroll-margin-top:30vh}
.log :target{background:color-mix(in srgb,var(--warn) 13%,var(--soft))}
.log [id^=L]>:first-child{margin-right:1em;color:var(--dim);text-decoration:none dotted;user-select:none}.log [id^=L]>a:hover{text-decoration-line:underline}
.log.all{max-height:none}.tail{display:flex;flex-direction:column-reverse}
.log .e{box-shadow:-5px 0 var(--soft),-8px 0 var(--fail)}.log i{font-style:normal;color:var(--dim);user-select:none}
img{display:block;max-width:100%;height:auto;background:#fff}
.box,pre,.log,img{border-radius:4px}
.pages{display:flex;gap:1.5rem;margin-top:1rem}
.half{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(22rem,100%),1fr));gap:0 3rem}.half>*{min-width:0}
.scroll{max-height:24rem;overflow:auto}.scroll table{width:auto;min-width:50%}
article+article:not(.box){margin-top:1.5rem}
@media(max-width:52rem){header{flex-wrap:wrap;line-height:2.5rem;padding-top:.5rem}header nav{order:3;flex-basis:100%}}
@media(max-width:26rem){header nav{gap:0 .65rem;font-size:.875rem}header search{flex:1 1 9rem}}
@media(max-width:46rem){body{padding:0 1rem}.w{display:none}.st{display:inline-flex;align-items:baseline;white-space:normal;overflow-wrap:normal}.st .g{flex:none;align-self:start;margin-top:.22em}th,td{padding-right:.75rem}.bars{width:96px}h1{font-size:1.375rem;margin-top:1.5rem}}
@media(max-width:23rem){.bars{width:60px}header nav{gap:0 .4rem;font-size:.8125rem}}
@media print{header,footer,.acts,.skip{display:none}.log,pre{max-height:none}}
`.replaceAll('\n', '');
