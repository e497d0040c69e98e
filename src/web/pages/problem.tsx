/** A refusal as a page: what is wrong, and the next step. */
export function ProblemPage({
  status,
  sentence,
  hint,
}: {
  status: number;
  sentence: string;
  hint: string | undefined;
}) {
  return (
    <>
      <h1>{sentence.charAt(0).toUpperCase() + sentence.slice(1)}</h1>
      <p class="lead">
        {status}
        {hint === undefined ? '' : `: ${hint}`}
      </p>
      <p class="pages">
        <a href="/">Overview</a>
        <a href="/runs">All runs</a>
      </p>
    </>
  );
}
