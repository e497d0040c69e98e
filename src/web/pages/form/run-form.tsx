/** The form that runs a flow with other parameters: a field for each, and the command that does the same. */
import { flowAction, flowPage, runPage } from '../../address.ts';
import { CommandLine, ErrorSummary, Field } from './field.tsx';
import { ParamFieldRow, type ParamFieldView } from './param-field.tsx';

export interface RunFormData {
  readonly flow: string;
  readonly deployment: string;
  readonly description: string;
  /** Names of the flow's other deployments. */
  readonly others: readonly string[];
  /** The run whose values stand in the fields. */
  readonly from: number | null;
  readonly fields: readonly ParamFieldView[];
  /** JSON of further parameters; null: the flow takes none but those above. */
  readonly further: { readonly text: string; readonly error: string | undefined } | null;
  /** Parameters of the run `from` that the flow does not take any more. */
  readonly dropped: readonly string[];
  readonly errors: readonly { readonly id: string | null; readonly text: string }[];
  readonly command: string;
  /** The values were only checked, and nothing is wrong with them. */
  readonly isChecked: boolean;
  /** Sent twice, the form starts one run. */
  readonly once: string;
  readonly broken: string | null;
}

export const FURTHER_ID = 'further';

export function RunForm({ data }: { data: RunFormData }) {
  const { flow, deployment, others, from, fields, further, dropped, errors, command, isChecked, broken } = data;
  const title = others.length === 0 ? flow : `${flow}/${deployment}`;
  return (
    <section class="form" aria-label={`Run ${title}`}>
      <h1>Run {title}</h1>
      {data.description === '' ? null : <p>{data.description}</p>}
      <p class="lead">
        {from === null ? (
          'What is left empty has its default.'
        ) : (
          <>
            With the parameters of <a href={runPage(from)}>run {from}</a>; what is left empty has its default.
          </>
        )}
      </p>
      {others.length === 0 ? null : <Others flow={flow} others={others} from={from} />}
      {broken === null ? null : (
        <p class="box warn">Its file is broken now; what was deployed before runs: {broken.split('\n')[0]}</p>
      )}
      {dropped.length === 0 ? null : (
        <p class="box warn">
          Run {from} also had {dropped.join(', ')}, which the flow does not take any more.
        </p>
      )}
      <ErrorSummary what="Nothing was started." errors={errors} />
      {isChecked ? (
        <p class="done" role="status">
          The values are right. Nothing was started.
        </p>
      ) : null}
      <form method="post" action={flowAction(flow, 'run')}>
        <input type="hidden" name="deployment" value={deployment} />
        <input type="hidden" name="once" value={data.once} />
        {from === null ? null : <input type="hidden" name="from" value={String(from)} />}
        {fields.map((view, place) => (
          <ParamFieldRow view={view} place={place} />
        ))}
        {fields.length === 0 && further === null ? <p>It takes no parameters.</p> : null}
        {further === null ? null : (
          <Field
            frame={{
              id: FURTHER_ID,
              label: fields.length === 0 ? 'Parameters' : 'Further parameters',
              notes: ['a JSON object'],
              description:
                fields.length === 0
                  ? 'The flow declares none, so whatever is given here is handed to it as it is.'
                  : null,
              error: further.error,
            }}
            control={(attributes) => (
              <textarea name="params" rows={4} placeholder={'{"week": 7}'} {...attributes}>
                {`\n${further.text}`}
              </textarea>
            )}
          />
        )}
        <div class="acts">
          <button type="submit" class="main">
            Run
          </button>
          <button type="submit" name="do" value="check">
            Check only
          </button>
          <a href={flowPage(flow)}>Cancel</a>
        </div>
      </form>
      <CommandLine command={command} />
    </section>
  );
}

function Others({ flow, others, from }: { flow: string; others: readonly string[]; from: number | null }) {
  return (
    <p class="sub">
      Also deployed as{' '}
      {others.map((name, place) => (
        <>
          {place === 0 ? '' : ', '}
          <a href={flowAction(flow, 'run', { deployment: name, ...(from === null ? {} : { from }) })}>{name}</a>
        </>
      ))}
      .
    </p>
  );
}

/** A flow that only the command line has run: the page has nothing to run it with. */
export function NotDeployed({ flow, command }: { flow: string; command: string }) {
  return (
    <section class="form">
      <h1>Run {flow}</h1>
      <p class="lead">This flow is not deployed, so the page cannot start it. It was run from the command line:</p>
      <pre>{command}</pre>
      <p class="sub">
        <code>weir up FOLDER</code> deploys the flows of a folder; then they are run from here, too.
      </p>
      <p class="pages">
        <a href={flowPage(flow)}>Back to the flow</a>
      </p>
    </section>
  );
}
