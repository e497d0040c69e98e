/** Where a run ran and with what: as far as it is recorded, in pairs of a name and what is known. */

export type Fact = readonly [name: string, value: string];

export function Environment({ facts }: { facts: readonly Fact[] }) {
  return (
    <details id="environment-facts">
      <summary class="sub">Environment</summary>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </details>
  );
}
