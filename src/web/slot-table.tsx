/** Due times as rows: when, whose, what became of it, the run, and the reason where it did not simply run. */
import type { SlotOutcome } from '../model/slot.ts';
import { flowPage, runPage } from './address.ts';
import { StateMark } from './state-mark.tsx';
import { type Clock, Time } from './time.tsx';

export interface SlotLine {
  readonly at: number;
  /** The last due time of a range that was answered alike. */
  readonly untilAt: number | null;
  /** How many due times; 0: nobody has counted them. */
  readonly count: number;
  readonly flow: string;
  readonly deployment: string;
  readonly outcome: SlotOutcome;
  readonly run: number | null;
  readonly reason: string | null;
  readonly note: string | null;
}

const LONGEST_NAME = 160;
const LONGEST_REASON = 300;

/** What became of a due time, in words. */
export const OUTCOME_WORDS: Readonly<Record<SlotOutcome, string>> = {
  ran: 'Ran',
  caught_up: 'Caught up',
  buffered: 'Ran after the one before',
  missed: 'Missed',
  skipped: 'Skipped',
  suppressed: 'Left out',
};

const MARKS = {
  ran: 'Completed',
  caught_up: 'Completed',
  buffered: 'Completed',
  missed: 'Late',
  skipped: 'Skipped',
  suppressed: 'Skipped',
} as const;

export function SlotTable({ slots, clock, label }: { slots: readonly SlotLine[]; clock: Clock; label: string }) {
  return (
    <table aria-label={label} class="slots">
      <thead>
        <tr>
          <th>Due</th>
          <th>Deployment</th>
          <th>Outcome</th>
          <th class="n">Run</th>
        </tr>
      </thead>
      <tbody>
        {slots.map((slot) => (
          <tr>
            <td class="nw">
              <Time at={slot.at} clock={clock} />
              {slot.untilAt === null ? null : (
                <span class="sub">
                  to <Time at={slot.untilAt} clock={clock} />
                  {slot.count > 1 ? `, ${slot.count} times` : ''}
                </span>
              )}
            </td>
            <th scope="row">
              <a href={flowPage(slot.flow)}>{shortName(slot)}</a>
            </th>
            <td>
              <StateMark name={MARKS[slot.outcome]} word={OUTCOME_WORDS[slot.outcome]} />
              <span class="sub">{whyOf(slot)}</span>
            </td>
            <td class="n">{slot.run === null ? null : <a href={runPage(slot.run)}>{slot.run}</a>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function whyOf({ reason, note }: SlotLine): string {
  const text = [...new Set([reason, note])].filter((part) => part !== null).join('; ');
  return text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON)}...` : text;
}

/** A deployment that is named as its flow is called by the flow alone. */
export function shortName({ flow, deployment }: Pick<SlotLine, 'flow' | 'deployment'>): string {
  const name = deployment === `${flow}/default` ? flow : deployment;
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}...` : name;
}
