/**
 * The runner's end of one line to the engine: reports go out in batches of one event-loop turn, questions get answers,
 * and a batch can be waited for until it is committed.
 * Keeps the host's event loop alive only while an answer is outstanding, so that a body which waits for nothing is noticed.
 */
import { awakeMs } from '../model/awake-clock.ts';
import type { FromRunner, ToRunner } from '../model/message.ts';
import { nextTurn } from '../model/next-turn.ts';
import { fromPlainError } from '../model/plain-error.ts';
import type { Report } from '../model/report.ts';
import { packReports } from '../model/report-packing.ts';
import type { Request } from '../model/request.ts';

/** How messages travel; one implementation per host. */
export interface Port {
  post(message: FromRunner): void;
  onMessage(handler: (message: ToRunner) => void): void;
  ref(): void;
  unref(): void;
}

/** Synchronous user code keeps timers waiting: from then on, whoever reports sends the batch itself. */
const LONGEST_WAIT_MS = 50;

/**
 * A task's beginning and its log lines are sent at once, as nobody knows whether its code gives the thread back: a
 * training loop may keep it for an hour. At most so many in a row, then so many a second: the rest goes in batches.
 */
const SENT_AT_ONCE = 20;
const SENT_AT_ONCE_EACH_MS = 0.02;

/** Batches that the engine has not committed. With one it would be idle while the next is made. */
const MOST_ON_THE_WAY = 2;

/** More are a batch by themselves. */
const FEW = 16;

/** What is waited for on a closed line. */
const NEVER = new Promise<never>(() => {});

export class Channel {
  readonly #port: Port;
  readonly #line: number;
  #batch: Report[] = [];
  #batchNumber = 1;
  #batchSince = 0;
  #allowance = SENT_AT_ONCE;
  #allowanceAt = 0;
  #committed = 0;
  /** One promise for all that wait for a batch. */
  readonly #commits = new Map<number, { readonly promise: Promise<void>; readonly resolve: () => void }>();
  #requests = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  #lastRequest = 0;
  #open = 0;
  #closed = false;
  #beforeFlush: (() => void) | null = null;

  constructor(port: Port, line: number) {
    this.#port = port;
    this.#line = line;
  }

  /** Takes the messages that answer; true when the message was one. */
  handle(message: ToRunner): boolean {
    if (message.kind === 'committed') {
      this.#committed = message.batch;
      for (const [batch, commit] of this.#commits) {
        if (batch > message.batch) continue;
        this.#commits.delete(batch);
        commit.resolve();
        this.#release();
      }
      return true;
    }
    if (message.kind !== 'reply' && message.kind !== 'refusal') return false;
    const waiting = this.#requests.get(message.id);
    if (waiting === undefined) return true;
    this.#requests.delete(message.id);
    this.#release();
    if (message.kind === 'reply') waiting.resolve(message.value);
    else waiting.reject(fromPlainError(message.error));
    return true;
  }

  /** Adds to the batch of this turn. */
  report(report: Report): void {
    if (this.#closed) return;
    const now = awakeMs();
    if (this.#batch.length === 0) {
      this.#batchSince = now;
      setImmediate(() => this.flush());
    }
    this.#batch.push(report);
    if (now - this.#batchSince > LONGEST_WAIT_MS || (isTold(report) && this.#mayGoAtOnce(now))) this.flush();
  }

  #mayGoAtOnce(now: number): boolean {
    this.#allowance = Math.min(SENT_AT_ONCE, this.#allowance + (now - this.#allowanceAt) * SENT_AT_ONCE_EACH_MS);
    this.#allowanceAt = now;
    if (this.#allowance < 1) return false;
    this.#allowance--;
    return true;
  }

  /** Resolves when everything reported so far is committed. */
  committed(): Promise<void> {
    return this.#whenCommitted(this.#batch.length === 0 ? this.#batchNumber - 1 : this.#batchNumber);
  }

  /**
   * For whoever makes work by the thousand: resolves in a later turn, and when few batches are on their way. What lies
   * between runner and engine would only fill the memory of both.
   */
  async room(): Promise<void> {
    await nextTurn();
    await this.#whenCommitted(this.#batchNumber - 1 - MOST_ON_THE_WAY);
  }

  #whenCommitted(batch: number): Promise<void> {
    if (this.#closed) return NEVER;
    if (batch <= this.#committed) return Promise.resolve();
    const waited = this.#commits.get(batch);
    if (waited !== undefined) return waited.promise;
    this.#hold();
    const commit = Promise.withResolvers<void>();
    this.#commits.set(batch, commit);
    return commit.promise;
  }

  /** Asks and waits for the answer. Reports made before are sent before. */
  ask(request: Request): Promise<unknown> {
    if (this.#closed) return NEVER;
    this.flush();
    const id = ++this.#lastRequest;
    this.#hold();
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { resolve, reject });
      this.#port.post({ kind: 'request', line: this.#line, id, request });
    });
  }

  /** Reports made in here still belong to the batch: for what must be told no later than anything that follows it. */
  beforeFlush(tell: () => void): void {
    this.#beforeFlush = tell;
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    this.#beforeFlush?.();
    // A batch that is late is sent by whoever adds to it, so it may be gone by now.
    if (this.#batch.length === 0) return;
    const reports = this.#batch;
    this.#batch = [];
    const batch = this.#batchNumber++;
    const mayWait = !this.#commits.has(batch) && reports.length <= FEW && reports.every(isStep);
    this.#port.post({ kind: 'reports', line: this.#line, batch, reports: packReports(reports), mayWait });
  }

  /** Its attempt has ended: what code that is still about says or asks from now on reaches nobody. */
  close(): void {
    this.flush();
    this.#closed = true;
    this.#commits.clear();
    this.#requests.clear();
    if (this.#open > 0) this.#port.unref();
    this.#open = 0;
  }

  #hold(): void {
    if (this.#open++ === 0) this.#port.ref();
  }

  #release(): void {
    if (--this.#open === 0) this.#port.unref();
  }
}

/** A run or a task has come a step further, and its host may tell the next one soon. */
function isStep({ kind }: Report): boolean {
  return kind === 'run-started' || kind === 'task-called' || kind === 'task-state';
}

/** Somebody looks on for these. */
function isTold(report: Report): boolean {
  return report.kind === 'log' || (report.kind === 'task-state' && report.state.type === 'RUNNING');
}
