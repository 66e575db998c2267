/**
 * The outbox: every act is painted at once, kept on disk, and sent until the server has answered.
 *
 * `add` returns before anything is stored or sent. One tab at a time sends (Web Locks); the others hear of it through a
 * BroadcastChannel. A lost answer is harmless: the same operation id is sent again and gets the identical answer.
 */
import { isSignedOut, Refused } from "../api/errors";
import type { Operation, OperationResult } from "../api/types";
import { cellKey, inverse, nextBatch, standOn } from "./entry";
import type { Act, Effect, Entry } from "./entry";
import { newId } from "./newId";
import { sift } from "./sift";
import type { Settled } from "./sift";
import type { OutboxStore } from "./store";

/** "opening": what an earlier page left behind has not been read yet, so nobody knows whether all is saved. */
export type Sending = "opening" | "idle" | "sending" | "offline" | "signed-out";

export interface OutboxState {
  entries: readonly Entry[];
  sending: Sending;
  /** False when the browser refuses to keep marks on disk (full, or forbidden); they are then only sent. */
  kept: boolean;
}

export interface OutboxOptions {
  store: OutboxStore;
  person: number;
  send: (project: number, operations: Operation[]) => Promise<OperationResult[]>;
  /** Called with each batch the server has answered, before the entries leave the outbox; in every tab. */
  onSettled: (project: number, settled: Settled[]) => void;
  onSignedOut?: () => void;
  channel?: BroadcastChannel;
  locks?: Pick<LockManager, "request">;
  firstDelay?: number;
}

export interface NewAct {
  project: number;
  operation: Operation;
  effects: Effect[];
  text: string;
  checked?: Entry["checked"];
  question?: Act["question"];
}

/** Somebody took an act back, or did it again; `back` says which. */
export type Turned = (act: Act, back: boolean) => void;

type Message = { kind: "changed" } | { kind: "settled"; project: number; settled: Settled[] };

const LONGEST_DELAY = 15_000;
const LOCK = "tern-outbox";
const NOT_ON_DISK = -1;
/** Versions of cells that are remembered until the screen has surely taken them in. */
const MOST_MADE = 20_000;

export class Outbox {
  private state: OutboxState = { entries: [], sending: "idle", kept: true };
  private readonly listeners = new Set<() => void>();
  private readonly unsaved = new Set<Entry>();
  private readonly turnListeners = new Set<Turned>();
  private readonly awaited = new Map<string, (result: OperationResult | null) => void>();
  private readonly made = new Map<string, number>();
  private running = false;
  private asked = false;
  private closed = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<unknown> = Promise.resolve();
  private turning: Promise<unknown> = Promise.resolve();
  private sending: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: OutboxOptions) {
    options.channel?.addEventListener("message", this.hear);
  }

  /** Load what an earlier page left behind, and start sending. */
  async open(): Promise<void> {
    await this.reload();
    this.wake();
  }

  /** Stop sending. What waits stays on disk; settles when nothing touches the store any more. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.options.channel?.removeEventListener("message", this.hear);
    this.listeners.clear();
    await this.turning;
    await this.writing;
    await this.sending;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Hear of every act that is taken back or done again in this tab, before the page shows it. */
  readonly onTurn = (listener: Turned): (() => void) => {
    this.turnListeners.add(listener);
    return () => this.turnListeners.delete(listener);
  };

  /** The server's answer to an operation of this tab; null when it has not come within so many milliseconds. */
  answerOf(id: string, patience: number): Promise<OperationResult | null> {
    return new Promise((resolve) => {
      const settle = (result: OperationResult | null) => {
        clearTimeout(timer);
        this.awaited.delete(id);
        resolve(result);
      };
      const timer = setTimeout(() => settle(null), patience);
      this.awaited.set(id, settle);
    });
  }

  readonly snapshot = (): OutboxState => this.state;

  /** Paint, keep and send an act that can be undone. */
  add(act: NewAct): void {
    const operation = standOn(act.operation, act.effects, this.state.entries, this.made);
    const entry = this.entryOf(act.project, operation, act.effects, act.text, act.checked);
    const record: Act = {
      id: entry.id,
      person: entry.person,
      project: act.project,
      last: entry.id,
      undone: false,
      text: act.text,
      image: act.effects[0]?.image ?? act.operation.image ?? null,
      effects: act.effects,
      checked: act.checked,
      question: act.question,
      at: entry.at,
    };
    this.write(entry, async () => {
      await this.forgetUndone(act.project);
      return record;
    });
  }

  /** Keep an act that the server has applied already, so that it can be undone like any other. */
  remember(project: number, id: string, text: string): Promise<void> {
    const { person, store } = this.options;
    const record: Act = {
      id,
      person,
      project,
      last: id,
      undone: false,
      text,
      image: null,
      effects: [],
      at: Date.now(),
    };
    const kept = this.writing.then(async () => {
      await this.forgetUndone(project);
      await store.keep(record);
    });
    this.writing = kept.catch(() => this.show({ kept: false }));
    return kept;
  }

  /** Take back the last act that stands; gives it, or null when there is none. */
  undo(project: number): Promise<Act | null> {
    return this.turn(project, (acts) => acts.findLast((act) => !act.undone));
  }

  /** Do the first act again that was taken back last; gives it, or null when there is none. */
  redo(project: number): Promise<Act | null> {
    return this.turn(project, (acts) => acts.find((act) => act.undone));
  }

  /** End a conflict: send mine again on top of theirs, or let theirs stand. What was parked or refused is only let go. */
  async resolve(entry: Entry, keep: "mine" | "theirs"): Promise<void> {
    await this.letGo(entry);
    if (keep === "theirs") return;
    for (const effect of entry.effects) {
      const { image, label, value } = effect;
      const theirs = entry.theirs.find((cell) => cell.image === image && cell.label === label);
      if (!theirs) continue;
      const operation: Operation = { id: newId(), kind: "mark", image, label, value, base: theirs.version };
      this.add({
        project: entry.project,
        operation,
        effects: [{ ...effect, was: theirs.value }],
        text: `${entry.text}, said again`,
      });
    }
  }

  /** Send again what was parked or refused, now that what it is about may be there again. */
  async again(entry: Entry): Promise<void> {
    await this.letGo(entry);
    const { project, effects, text, checked } = entry;
    this.add({ project, operation: { ...entry.operation, id: newId() }, effects, text, checked });
  }

  private async letGo(entry: Entry): Promise<void> {
    await this.options.store.settle([], [entry]);
    this.show({ entries: this.state.entries.filter((other) => other.id !== entry.id) });
    this.tell({ kind: "changed" });
  }

  /** Try to send now: after a change, when the network is back, after signing in. */
  readonly wake = (): void => {
    clearTimeout(this.timer);
    if (this.closed) return;
    if (this.running) {
      this.asked = true;
      return;
    }
    this.running = true;
    this.sending = this.writing
      .then(() => this.withLock(() => this.drain()))
      .finally(() => {
        this.running = false;
        if (this.asked) {
          this.asked = false;
          this.wake();
        }
      });
  };

  private entryOf(
    project: number,
    operation: Operation,
    effects: Effect[],
    text: string,
    checked?: Entry["checked"],
  ): Entry {
    const { person } = this.options;
    const at = Date.now();
    return {
      id: operation.id,
      person,
      project,
      operation,
      effects,
      text,
      checked,
      state: "waiting",
      detail: "",
      theirs: [],
      at,
    };
  }

  private write(entry: Entry, act: () => Promise<Act | null>): void {
    this.unsaved.add(entry);
    this.show({ entries: [...this.state.entries, entry] });
    this.writing = this.writing
      .then(async () => this.options.store.add(entry, await act()))
      .then(() => this.unsaved.delete(entry))
      .catch(() => this.goOnWithoutDisk(entry))
      .then(() => this.tell({ kind: "changed" }));
    this.wake();
  }

  /** After a new act, nothing can be done again. */
  private async forgetUndone(project: number): Promise<void> {
    const acts = await this.options.store.acts(this.options.person, project);
    await this.options.store.removeActs(acts.filter((act) => act.undone));
  }

  private goOnWithoutDisk(entry: Entry): void {
    entry.seq = NOT_ON_DISK;
    this.show({ kept: false });
  }

  /** One after the other: a key pressed three times within a frame turns three acts, not one act three times. */
  private turn(project: number, pick: (acts: Act[]) => Act | undefined): Promise<Act | null> {
    const turned = this.turning.then(() => this.turnOne(project, pick));
    this.turning = turned.catch(() => undefined);
    return turned;
  }

  private async turnOne(project: number, pick: (acts: Act[]) => Act | undefined): Promise<Act | null> {
    await this.writing;
    const act = pick(await this.options.store.acts(this.options.person, project));
    if (!act) return null;
    const operation: Operation = { id: newId(), kind: "undo", of: act.last };
    const effects = act.undone ? act.effects : inverse(act.effects);
    const checked =
      act.checked && !act.undone ? { ...act.checked, on: act.checked.was, was: act.checked.on } : act.checked;
    const turned: Act = { ...act, last: operation.id, undone: !act.undone };
    const entry = this.entryOf(project, operation, effects, act.text, checked);
    this.write({ ...entry, turn: act.undone ? "redo" : "undo" }, () => Promise.resolve(turned));
    this.turnListeners.forEach((listener) => listener(turned, turned.undone));
    return turned;
  }

  private async withLock(work: () => Promise<void>): Promise<void> {
    if (this.options.locks) await this.options.locks.request(LOCK, work);
    else await work();
  }

  /** Send batch after batch until nothing waits or the server cannot be reached. Only while holding the lock. */
  private async drain(): Promise<void> {
    if (this.closed) return;
    await this.reload();
    for (;;) {
      const batch = nextBatch(this.state.entries).filter((entry) => entry.seq !== undefined);
      const first = batch[0];
      if (!first || this.closed) break;
      this.show({ sending: "sending" });
      try {
        await this.settle(first.project, batch, await this.deliver(first.project, batch));
      } catch (error) {
        this.hold(error);
        return;
      }
    }
    this.failures = 0;
    this.show({ sending: "idle" });
  }

  /** One request; a batch the server refuses as a whole is sent one by one, so that a bad one blocks no other. */
  private async deliver(project: number, batch: Entry[]): Promise<OperationResult[]> {
    try {
      return await this.options.send(
        project,
        batch.map((entry) => entry.operation),
      );
    } catch (error) {
      if (!(error instanceof Refused) || error.status === 401 || error.status === 429 || error.status >= 500)
        throw error;
      if (isSignedOut(error)) throw error;
      const [only, ...others] = batch;
      if (!only) return [];
      if (others.length === 0) {
        return [{ id: only.id, status: "rejected", detail: error.message, cells: [], skipped: 0 }];
      }
      const results: OperationResult[] = [];
      for (const entry of batch) results.push(...(await this.deliver(project, [entry])));
      return results;
    }
  }

  private async settle(project: number, batch: Entry[], results: OperationResult[]): Promise<void> {
    const byId = new Map(results.map((result) => [result.id, result]));
    const settled = batch.flatMap((entry) => {
      const result = byId.get(entry.id);
      return result ? [{ entry, result }] : [];
    });
    if (settled.length === 0) throw new Refused(502, "failed", "The server's answer names none of the operations.");
    const { gone, kept, told } = sift(settled, this.state.entries);
    await this.options.store.settle(kept, gone);
    settled.forEach(({ entry }) => this.unsaved.delete(entry));
    await this.forgetActs(settled.filter(({ result }) => result.status !== "applied").map(({ entry }) => entry));
    // The cache takes the server's values in before the outbox lets go of its own: no frame shows the old ones.
    this.take(project, told);
    this.tell({ kind: "settled", project, settled: told });
    await this.reload();
  }

  private take(project: number, settled: Settled[]): void {
    for (const { image, label, version } of settled.flatMap(({ result }) => result.cells)) {
      const key = cellKey(image, label);
      this.made.set(key, Math.max(version, this.made.get(key) ?? 0));
    }
    for (const oldest of [...this.made.keys()].slice(0, Math.max(0, this.made.size - MOST_MADE)))
      this.made.delete(oldest);
    this.options.onSettled(project, settled);
    for (const { entry, result } of settled) this.awaited.get(entry.id)?.(result);
  }

  private async forgetActs(refused: readonly Entry[]): Promise<void> {
    if (refused.length === 0) return;
    const ids = new Set(refused.map((entry) => entry.id));
    for (const project of new Set(refused.map((entry) => entry.project))) {
      const acts = await this.options.store.acts(this.options.person, project);
      await this.options.store.removeActs(acts.filter((act) => ids.has(act.id) || ids.has(act.last)));
    }
  }

  private hold(error: unknown): void {
    if (isSignedOut(error)) {
      this.show({ sending: "signed-out" });
      this.options.onSignedOut?.();
      return;
    }
    this.failures += 1;
    const delay = Math.min(LONGEST_DELAY, (this.options.firstDelay ?? 500) * 2 ** Math.min(this.failures - 1, 10));
    this.show({ sending: "offline" });
    this.timer = setTimeout(this.wake, delay * (0.75 + Math.random() / 2));
  }

  private async reload(): Promise<void> {
    const stored = await this.options.store.entries(this.options.person);
    const known = new Set(stored.map((entry) => entry.id));
    this.show({ entries: [...stored, ...[...this.unsaved].filter((entry) => !known.has(entry.id))] });
  }

  private readonly hear = (event: MessageEvent<Message>): void => {
    if (event.data.kind === "settled") this.take(event.data.project, event.data.settled);
    void this.reload();
  };

  private tell(message: Message): void {
    this.options.channel?.postMessage(message);
  }

  private show(change: Partial<OutboxState>): void {
    if (this.closed) return;
    this.state = { ...this.state, ...change };
    this.listeners.forEach((listener) => listener());
  }
}
