/** Pausing a deployment, or one of its schedules: why, and until when. */
import { flowAction, flowPage } from '../../address.ts';
import { type Clock, Time } from '../../time.tsx';
import { CommandLine, ErrorSummary, Field } from './field.tsx';

export interface PauseFormData {
  readonly flow: string;
  readonly deployment: string;
  /** As commands name it. */
  readonly title: string;
  /** Its schedules, where it has several to choose from. */
  readonly schedules: readonly string[];
  readonly schedule: string;
  readonly reason: string;
  readonly until: string;
  readonly error: { readonly field: 'until' | 'schedule' | null; readonly sentence: string } | null;
  /** The pause that holds already. */
  readonly paused: { readonly by: string; readonly reason: string | null; readonly until: number | null } | null;
  readonly command: string;
}

export function PauseForm({ data, clock }: { data: PauseFormData; clock: Clock }) {
  const { flow, deployment, title, schedules, schedule, reason, until, error, paused, command } = data;
  const errorOf = (field: string) => (error?.field === field ? error.sentence : undefined);
  return (
    <section class="form" aria-label={`Pause ${title}`}>
      <h1>Pause {title}</h1>
      <p class="lead">What is due meanwhile is skipped, and tells your reason. What runs already goes on.</p>
      {paused === null ? null : (
        <p class="box warn">
          It is paused already, by {paused.by}
          {paused.until === null ? null : (
            <>
              {' '}
              until <Time at={paused.until} clock={clock} />
            </>
          )}
          {paused.reason === null ? '' : `: ${paused.reason}`}. What you say here replaces that.
        </p>
      )}
      {error === null ? null : (
        <ErrorSummary
          what="Nothing was paused."
          errors={[{ id: error.field === null ? null : error.field, text: error.sentence }]}
        />
      )}
      <form method="post" action={flowAction(flow, 'pause')}>
        <input type="hidden" name="deployment" value={deployment} />
        <Field
          frame={{ id: 'reason', label: 'Reason', description: 'Stands beside every due time that is skipped.' }}
          control={(attributes) => <input type="text" name="reason" maxlength={500} value={reason} {...attributes} />}
        />
        <Field
          frame={{
            id: 'until',
            label: 'Until',
            description: `How long, such as 2h or 3d, or a time such as 2026-11-23T06:00 (${clock.zone}). Empty: until somebody resumes it.`,
            error: errorOf('until'),
          }}
          control={(attributes) => <input type="text" name="until" value={until} {...attributes} />}
        />
        {schedules.length < 2 ? null : (
          <Field
            frame={{ id: 'schedule', label: 'Schedule', error: errorOf('schedule') }}
            control={(attributes) => (
              <select name="schedule" {...attributes}>
                <option value="">all {schedules.length}</option>
                {schedules.map((each) => (
                  <option value={each} selected={each === schedule}>
                    {each}
                  </option>
                ))}
              </select>
            )}
          />
        )}
        <div class="acts">
          <button type="submit" class="main">
            Pause
          </button>
          <a href={flowPage(flow)}>Cancel</a>
        </div>
      </form>
      <CommandLine command={command} />
    </section>
  );
}
