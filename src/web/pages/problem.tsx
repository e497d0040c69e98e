/** A refusal as a page: what is wrong, and the next step. */
import { type Action, Actions } from '../action.tsx';

export function ProblemPage({
  status,
  sentence,
  hint,
  back = null,
  actions = [],
}: {
  status: number;
  sentence: string;
  hint: string | undefined;
  /** Where the refused action was asked for. */
  back?: { readonly to: string; readonly label: string } | null;
  /** What would do instead. */
  actions?: readonly Action[];
}) {
  // Of a file that is broken the lines at fault follow.
  const [first = '', ...lines] = sentence.split('\n');
  return (
    <>
      <h1>{first.charAt(0).toUpperCase() + first.slice(1)}</h1>
      {lines.length === 0 ? null : <pre>{lines.join('\n')}</pre>}
      <p class="lead">
        {status}
        {hint === undefined ? '' : ': '}
        {hint === undefined ? null : withCommands(hint)}
      </p>
      <Actions actions={actions} />
      <p class="pages">
        {back === null ? null : <a href={back.to}>{back.label}</a>}
        <a href="/">Overview</a>
        <a href="/runs">All runs</a>
      </p>
    </>
  );
}

/** Commands stand out from the words around them. */
function withCommands(hint: string) {
  return hint.split(/(\bweir [a-z][^;]*)/).map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part));
}
