/**
 * Ends trees: of commands whose leader has exited (what it left behind) and of commands that are to end.
 *
 *   exited after a moment, nothing left ----------------------------------------------------> gone
 *   exited, nothing left ---------------------------------------------> two clean scans -> gone
 *   exited, something left -> a moment to finish by itself -> SIGTERM -> grace -> SIGKILL -> two clean scans -> gone
 *   told to end -------------------------------------------> SIGTERM -> grace -> SIGKILL -> (as above)
 *
 * One scan serves all commands that end together, which is what makes a thousand short commands a second possible.
 */
import { awakeMs } from '../model/awake-clock.ts';
import { Newcomers } from './newcomers.ts';
import type { MarkedProcesses, ProcessRow, ProcessTable } from './process-table.ts';
import { hasGroup, membersOf, signal, signalGroup, type Tree } from './tree.ts';

export interface Ending {
  readonly tree: Tree;
  /** Until then, what a leader left behind may finish by itself. */
  settleUntil: number;
  /** When SIGKILL follows; set by the first SIGTERM. */
  killAt: number | undefined;
  readonly graceMs: number;
  hasExited: boolean;
  readonly onGone: (survivors: number) => void;
  readonly told: Set<number>;
  cleanScans: number;
  uncertainScans: number;
  looks: number;
}

/** `> >(tee log)` outlives its shell by milliseconds and would lose lines to an instant SIGTERM. */
const SETTLE_MS = 250;
/** What SIGKILL has not ended by then is another user's or stuck in the kernel. */
const GIVE_UP_MS = 5000;
/** A machine where processes come and go all the time never looks still; then this many looks are enough. */
const UNCERTAIN_SCANS = 6;

export class Endings {
  readonly #table: ProcessTable;
  readonly #newcomers: Newcomers;
  readonly #open = new Map<Tree, Ending>();
  #isScheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #lookCost = 0;

  constructor(table: ProcessTable) {
    this.#table = table;
    this.#newcomers = new Newcomers(table);
  }

  /** A command has been started. */
  begun(tree: Tree): void {
    this.#newcomers.know(tree);
  }

  /** The leader has exited: ends what is left and calls `onGone`, once. */
  exited(tree: Tree, graceMs: number, onGone: (survivors: number) => void): void {
    const ending = this.#ending(tree, graceMs, onGone);
    ending.hasExited = true;
    ending.settleUntil = awakeMs() + SETTLE_MS;
    this.#schedule(0);
  }

  /** Ends the tree, its leader included. Repeated, it can only shorten the grace. */
  end(tree: Tree, graceMs: number, onGone: (survivors: number) => void): void {
    const now = awakeMs();
    const ending = this.#ending(tree, graceMs, onGone);
    const isFirst = ending.killAt === undefined;
    ending.killAt = Math.min(ending.killAt ?? Number.POSITIVE_INFINITY, now + graceMs);
    if (isFirst && graceMs > 0) {
      const members = membersOf(tree, this.#rows(now));
      tell(ending, members);
    }
    this.#schedule(0);
  }

  #ending(tree: Tree, graceMs: number, onGone: (survivors: number) => void): Ending {
    let ending = this.#open.get(tree);
    if (ending === undefined) {
      ending = {
        tree,
        settleUntil: 0,
        killAt: undefined,
        graceMs,
        hasExited: false,
        onGone,
        told: new Set(),
        cleanScans: 0,
        uncertainScans: 0,
        looks: 0,
      };
      this.#open.set(tree, ending);
    }
    return ending;
  }

  #schedule(delayMs: number): void {
    if (this.#isScheduled) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    if (delayMs > 0) {
      this.#timer = setTimeout(() => this.#round(), delayMs);
      return;
    }
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#round();
    });
  }

  #round(): void {
    const now = awakeMs();
    let scan: { readonly marks: ReadonlySet<string>; readonly isCertain: boolean } | undefined;
    const left: Ending[] = [];
    let isNearlyDone = false;
    for (const ending of this.#open.values()) {
      const { tree } = ending;
      if (!ending.hasExited || hasGroup(tree) || tree.members.size > 1) {
        left.push(ending);
        continue;
      }
      if (this.#newcomers.has(tree, now) === false) {
        this.#close(ending, 0);
        continue;
      }
      scan ??= valuesOf(this.#table.marked(now));
      if (scan.marks.has(tree.mark)) left.push(ending);
      else if (!this.#isDoneAfterCleanScan(ending, scan.isCertain)) isNearlyDone = true;
    }
    if (left.length > 0 && this.#dealWith(left, now)) isNearlyDone = true;
    if (isNearlyDone) this.#schedule(0);
    else if (left.length > 0) this.#schedule(this.#delay(left, now));
  }

  /** Counts a scan that found nothing; true when it was the last one needed. */
  #isDoneAfterCleanScan(ending: Ending, isCertain: boolean): boolean {
    if (isCertain || ++ending.uncertainScans >= UNCERTAIN_SCANS) ending.cleanScans++;
    if (ending.cleanScans < 2) return false;
    this.#close(ending, 0);
    return true;
  }

  /** Looks closely at trees that seem to have members, and signals them; true when one turned out to be empty. */
  #dealWith(left: readonly Ending[], now: number): boolean {
    let isNearlyDone = false;
    // Full looks at all processes may take a fifth of the time at most.
    if (now - this.#lookedAt < this.#lookCost * 4) return false;
    const rows = this.#rows(now);
    for (const ending of left) {
      ending.looks++;
      const members = membersOf(ending.tree, rows);
      // Without /proc the group is all that is known of a tree; with it, only zombies are left, others' to wait for.
      const isEmpty = rows.length > 0 ? members.length === 0 : !hasGroup(ending.tree);
      if (ending.hasExited && isEmpty) {
        if (!this.#isDoneAfterCleanScan(ending, true)) isNearlyDone = true;
        continue;
      }
      ending.cleanScans = 0;
      if (ending.killAt === undefined) {
        if (now < ending.settleUntil) continue;
        ending.killAt = now + ending.graceMs;
      }
      if (now < ending.killAt) tell(ending, members);
      else {
        kill(ending, members);
        if (ending.hasExited && now > ending.killAt + GIVE_UP_MS) this.#close(ending, members.length);
      }
    }
    return isNearlyDone;
  }

  /** Soon at first, for what ends at once; then seldom. Never later than a SIGKILL that is due. */
  #delay(left: readonly Ending[], now: number): number {
    let delay = 100;
    for (const ending of left) {
      delay = Math.min(delay, 2 * 1.3 ** Math.min(ending.looks, 30));
      if (ending.killAt !== undefined && ending.killAt > now) delay = Math.min(delay, ending.killAt - now);
    }
    return Math.max(delay, this.#lookCost * 4, 1);
  }

  #rows(now: number): ProcessRow[] {
    const rows = this.#table.rows(now);
    this.#lookedAt = awakeMs();
    this.#lookCost = this.#lookedAt - now;
    return rows;
  }

  #close(ending: Ending, survivors: number): void {
    this.#open.delete(ending.tree);
    ending.onGone(survivors);
  }
}

function valuesOf({ marks, isCertain }: MarkedProcesses) {
  return { marks: new Set(marks.values()), isCertain };
}

/** SIGTERM, once to each; SIGCONT so that a stopped process can take it. */
function tell(ending: Ending, members: readonly ProcessRow[]): void {
  if (ending.told.size === 0) {
    signalGroup(ending.tree, 'SIGTERM');
    signalGroup(ending.tree, 'SIGCONT');
  }
  for (const member of members) {
    if (ending.told.has(member.pid)) continue;
    const hadItWithGroup = ending.told.size === 0 && member.group === ending.tree.leader;
    if (hadItWithGroup) continue;
    signal(member.pid, 'SIGTERM');
    signal(member.pid, 'SIGCONT');
  }
  ending.told.add(ending.tree.leader);
  for (const member of members) ending.told.add(member.pid);
}

/** SIGKILL to all, at each look: a fork may have slipped through the last one. */
function kill(ending: Ending, members: readonly ProcessRow[]): void {
  signalGroup(ending.tree, 'SIGKILL');
  for (const member of members) signal(member.pid, 'SIGKILL');
}
