/**
 * A report as it may be stored and told: every text in it that user code can fill, masked. What is reckoned from texts
 * (identities, hashes) and what a run is loaded from stays as it is.
 */
import { isUtf8 } from 'node:buffer';
import type { Mask } from '../../model/mask.ts';
import { maskError, maskJson, maskValue } from '../../model/mask-json.ts';
import type { MaskedStreams } from '../../model/masked-streams.ts';
import type { Report } from '../../model/report.ts';
import type { State } from '../../model/state.ts';

type Result = Extract<Report, { kind: 'task-state' | 'run-ended' }>;
type Artifact = Extract<Report, { kind: 'artifact' }>;

const TEXT_MEDIA = /^(?:text\/|application\/(?:json|xml|yaml|x-ndjson)|image\/svg)/;

/** `streams`: those of the run, where a line may have been cut in two. */
export function maskReport(mask: Mask, report: Report, streams: MaskedStreams): Report {
  switch (report.kind) {
    case 'log': {
      const { call, stream, fields } = report;
      const text = streams.take(mask, `${call} ${stream}`, report.text);
      return { ...report, text, ...(fields === undefined ? {} : { fields: maskJson(mask, fields) }) };
    }
    case 'task-called':
    case 'task-reused':
    case 'task-kept': {
      const { name, label, tags } = report;
      return {
        ...report,
        name: mask.name(name),
        label: label === null ? null : mask.text(label),
        tags: tags.map((tag) => mask.name(tag)),
      };
    }
    case 'task-state':
    case 'run-ended':
      return maskResult(mask, report);
    case 'metric':
      return { ...report, name: mask.name(report.name) };
    case 'progress':
      return { ...report, label: report.label === null ? null : mask.text(report.label) };
    case 'artifact':
      return maskArtifact(mask, report);
    case 'code':
    case 'run-started':
    case 'usage':
    case 'sleep-begun':
    case 'hook-ran':
    case 'hook-alive':
    case 'hooks-ended':
      return report;
  }
}

/** A result that is stored with a hole in it may stand for no call. */
function maskResult(mask: Mask, report: Result): Report {
  const { result, error } = report;
  const kept = result === undefined ? undefined : maskValue(mask, result);
  const hasHole = kept !== result;
  const state = maskState(mask, report.state, hasHole);
  return {
    ...report,
    state,
    ...(kept === undefined ? {} : { result: kept }),
    ...(error === undefined ? {} : { error: maskError(mask, error) }),
    ...(hasHole && report.kind === 'task-state' ? { reusable: false, cacheExpiresAt: null } : {}),
  } as Report;
}

function maskState<S extends Omit<State, 'at'>>(mask: Mask, state: S, hasHole: boolean): S {
  const message = state.message === null ? null : mask.text(state.message);
  const told = hasHole && message === null ? 'the result holds a secret: it is kept as ***, and not reused' : message;
  return told === state.message ? state : { ...state, message: told };
}

function maskArtifact(mask: Mask, report: Artifact): Report {
  const { key, description, data, artifactKind, mediaType } = report;
  return {
    ...report,
    key: mask.name(key),
    description: description === null ? null : mask.text(description),
    data: isText(artifactKind, mediaType, data) ? maskData(mask, data, /json/.test(mediaType)) : data,
  };
}

/** Pictures and other bytes stay what they are. */
function isText(kind: Artifact['artifactKind'], mediaType: string, data: Uint8Array): boolean {
  return TEXT_MEDIA.test(mediaType) || (kind === 'file' && isUtf8(data) && !data.includes(0));
}

function maskData(mask: Mask, data: Uint8Array, isJson: boolean): Uint8Array {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  const masked = isJson ? maskJson(mask, text) : mask.text(text);
  return masked === text ? data : new TextEncoder().encode(masked);
}
