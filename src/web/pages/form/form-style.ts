/** Rules of pages that are a form. */

export const FORM_STYLE = `
.form{max-width:44rem}
.field{margin:1.25rem 0}
.field>label,.field .label{display:block;font-weight:500;margin-bottom:.25rem}
.field label small,.field .label small{font-weight:400;color:var(--dim);font-size:.8125rem;margin-left:.5rem}
.field input:not([type=checkbox]),.field select,.field textarea{width:100%;max-width:28rem}
.field input[type=number],.field input[type=date]{max-width:14rem}
.field textarea{max-width:100%;display:block}
.field.tick{display:grid;grid-template-columns:auto 1fr;gap:0 .6rem;align-items:baseline}.field.tick>:not(input){grid-column:2}.field.tick>label{margin:0}
.field .err{color:var(--risk);font-size:.875rem}
.field [aria-invalid=true]{border-color:var(--fail);box-shadow:0 0 0 1px var(--fail)}
.field .changed{font-size:.8125rem;color:var(--dim)}.field .changed b{color:var(--ink);font-weight:500}
.form .box ul{margin:.25rem 0 0;padding-left:1.25rem}
.form .cmd pre{max-height:12rem}
.form .acts{margin-top:1.5rem}
`;
