/** A refusal as a page: what is wrong, and the next step. */
export function ProblemPage({
  status,
  sentence,
  hint,
  back = null,
}: {
  status: number;
  sentence: string;
  hint: string | undefined;
  /** Where the refused action was asked for. */
  back?: { readonly to: string; readonly label: string } | null;
}) {
  return (
    <>
      <h1>{sentence.charAt(0).toUpperCase() + sentence.slice(1)}</h1>
      <p class="lead">
        {status}
        {hint === undefined ? '' : `: ${hint}`}
      </p>
      <p class="pages">
        {back === null ? null : <a href={back.to}>{back.label}</a>}
        <a href="/">Overview</a>
        <a href="/runs">All runs</a>
      </p>
    </>
  );
}
