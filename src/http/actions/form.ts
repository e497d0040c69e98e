/**
 * Forms that are posted: read within bounds, and answered with the page that shows what came of it. A refusal is thrown
 * and becomes a page with the way back.
 */
import type { Context } from 'hono';
import type { Events } from '../../engine/events.ts';
import type { Executor } from '../../engine/verbs/executor.ts';
import { WeirError } from '../../model/errors.ts';
import type { Store } from '../../store/store.ts';
import { type Done, doneAt } from '../../web/notice.tsx';
import type { Pages } from '../send-page.ts';

/** What every action is made with. */
export interface ActionParts {
  readonly store: Store;
  readonly events: Events;
  readonly now: () => number;
  readonly executor: Executor;
  readonly pages: Pages;
  /** The time zone of people around this server. */
  readonly zone: string;
}

/** As the decision log and the ledger name who did it: nobody has a name of their own here. */
export const BY_PAGE = 'the page';

/** A thousand numbers of runs, or parameters of a size that no person types. */
const LARGEST_FORM = 512 * 1024;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** The fields of the form that was posted. @throws WeirError `unsupported-type`, `too-large` */
export async function readForm(c: Context): Promise<URLSearchParams> {
  const body = await readBounded(c);
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  // A button without fields may be asked for without a body.
  if (type !== FORM_TYPE && body !== '')
    throw new WeirError('unsupported-type', `a form is expected as ${FORM_TYPE}`, {
      hint: 'programs find JSON under /api',
    });
  return new URLSearchParams(body);
}

/** A field that was filled in; without spaces around it. */
export function given(form: URLSearchParams, name: string): string | undefined {
  const text = form.get(name)?.trim();
  return text === '' ? undefined : text;
}

/** Beside a field: the sentence with its next step; flags of the command line are fields here. */
export function inOneSentence({ message, hint }: WeirError): string {
  const text = hint === undefined ? message : `${message}; ${hint}`;
  return text.replaceAll(/(^|\s)--(?=[a-z])/g, '$1');
}

/** 303: the browser asks for the page with GET, so that loading it again does nothing a second time. */
export function showDone(c: Context, address: string, done: Done): Response {
  return c.redirect(doneAt(address, done), 303);
}

async function readBounded(c: Context): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > LARGEST_FORM)
      throw new WeirError('too-large', `the form is larger than ${LARGEST_FORM / 1024} kB`, {
        hint: 'nothing was changed; give large values as files that the flow reads',
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
