/**
 * The zone that a run's slot is told in: that of its schedule. A run that somebody started has none of its own, so the
 * first schedule of its flow counts, and where there is none this machine.
 */
import type { RunStart } from '../model/run-start.ts';
import type { FlowDefinition } from '../sdk/flow.ts';

/** The run with the zone of its slot filled in. */
export function withSlotZone(run: RunStart, { schedules }: Pick<FlowDefinition, 'schedules'>): RunStart {
  if (run.slot === null || run.slot.zone !== null) return run;
  const zone = schedules.map(zoneOf).find((each) => each !== null) ?? Temporal.Now.timeZoneId();
  return { ...run, slot: { ...run.slot, zone } };
}

/** ISO 8601 with offset, in the zone. */
export function instantIn(at: number, zone: string | null): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone ?? Temporal.Now.timeZoneId());
  return local.toString({ timeZoneName: 'never', smallestUnit: local.millisecond === 0 ? 'second' : 'millisecond' });
}

function zoneOf(schedule: unknown): string | null {
  if (typeof schedule === 'string') return zoneIn(schedule);
  const { timezone, cron } = schedule as { timezone?: unknown; cron?: unknown };
  return typeof timezone === 'string' ? timezone : typeof cron === 'string' ? zoneIn(cron) : null;
}

function zoneIn(cron: string): string | null {
  return /^\s*(?:CRON_)?TZ=(\S+)/.exec(cron)?.[1] ?? null;
}
