/** The list of single keys, also shown by `?` over any page, and the switch that turns them off for this browser. */

const KEYS = [
  ['/', 'filter runs'],
  ['g and then o, r, f, s, m, q', 'overview, runs, flows, schedule, models, queue'],
  ['j, k', 'next, previous row'],
  ['Enter', 'open it'],
  ['x', 'select it'],
  ['[, ]', 'previous, next run of the same flow'],
  ['l', 'log of the run'],
  ['e', 'next error line in a log'],
  ['f', 'follow a log'],
  ['R', 'retry the run'],
  ['Esc', 'leave a field'],
  ['?', 'this list'],
] as const;

export const KEYS_STYLE = '#keys{margin-top:1rem}#keys table{width:auto}#keys th{padding-right:3rem}';

export function KeysPage({ isOn }: { isOn: boolean }) {
  return (
    <>
      <h1>Keys</h1>
      <p class="lead">
        Single keys are {isOn ? 'on' : 'off'} in this browser. They never act while you type in a field.
      </p>
      <section id="keys">
        <table>
          <tbody>
            {KEYS.map(([keys, what]) => (
              <tr>
                <th scope="row">
                  <kbd>{keys}</kbd>
                </th>
                <td>{what}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <form method="post" action="/keys" class="acts">
          <button type="submit" name="keys" value={isOn ? 'off' : 'on'}>
            Turn keys {isOn ? 'off' : 'on'}
          </button>
        </form>
      </section>
    </>
  );
}
