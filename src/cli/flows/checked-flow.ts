/** What `weir check` knows of a file and its flows, of either language. */
import { isoTime } from '../../engine/tell/told-times.ts';
import { nextSlots } from '../../model/schedule.ts';
import type { ScheduleInput } from '../../model/schedule-input.ts';
import { resolveSchedules, type ScheduleSpec, scheduleWarnings, writtenText } from '../../model/schedule-spec.ts';

export interface CheckProblem {
  readonly severity: 'error' | 'warning';
  /** null where the problem has no place, or names it itself. */
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  readonly hint: string | null;
  readonly excerpt: string;
}

export interface CheckedFile {
  readonly path: string;
  readonly problems: readonly CheckProblem[];
  /** None when there are errors. */
  readonly flows: readonly CheckedFlow[];
}

export interface CheckedFlow {
  readonly name: string;
  readonly kind: 'yaml' | 'typescript';
  readonly description: string;
  readonly params: readonly {
    readonly name: string;
    /** In words: `a number`, `a date such as 2026-11-16`. */
    readonly type: string;
    readonly required: boolean;
    readonly default: unknown;
  }[];
  /** null: the graph comes about only when it runs. */
  readonly tasks:
    | readonly {
        readonly name: string;
        readonly needs: readonly string[];
        readonly does: string;
        readonly note: string;
      }[]
    | null;
  readonly handlers: readonly { readonly name: string; readonly does: string }[];
  readonly schedules: readonly CheckedSchedule[];
  readonly shell: string;
  readonly folder: string;
  readonly environment: {
    readonly inherit: 'all' | 'none' | readonly string[];
    readonly files: readonly { readonly path: string; readonly variables: number }[];
    readonly variables: readonly string[];
    readonly secrets: readonly string[];
    readonly venv: string | null;
    readonly conda: string | null;
  };
  readonly limits: Readonly<Record<string, number>>;
}

export interface CheckedSchedule {
  readonly schedule: string;
  /** What is allowed, and probably not meant. */
  readonly warnings: readonly string[];
  readonly timezone: string;
  /** The zone is the machine's, because none was written. */
  readonly is_machine_zone: boolean;
  /** The next three due times, as instants. */
  readonly next: readonly string[];
  /** The same, on the clock of its zone. */
  readonly next_local: readonly string[];
}

/** @throws WeirError `invalid-value` for a schedule that is none */
export function checkedSchedules(inputs: readonly ScheduleInput[], flow: string, now: number): CheckedSchedule[] {
  const specs = resolveSchedules(inputs, {
    machineZone: Temporal.Now.timeZoneId(),
    seed: `${flow}/default`,
    // An interval counts from its first deploy, which would be now.
    createdAt: now,
  });
  return specs.map((spec) => {
    const slots = nextSlots(spec, now, 3);
    return {
      schedule: textOf(spec),
      warnings: scheduleWarnings(spec),
      timezone: spec.timezone,
      is_machine_zone: !spec.isTimezoneWritten,
      next: slots.map((slot) => isoTime(slot.at)),
      next_local: slots.map((slot) => onItsClock(slot.at, spec.timezone)),
    };
  });
}

function textOf(spec: ScheduleSpec): string {
  const text = writtenText(spec);
  return spec.name === null ? text : `${spec.name}: ${text}`;
}

function onItsClock(at: number, zone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const isWhole = local.second === 0;
  return local
    .toPlainDateTime()
    .toString({ smallestUnit: isWhole ? 'minute' : 'second' })
    .replace('T', ' ');
}
