/** What waits in the outbox, and what it does to the cells on screen meanwhile. Pure functions, no storage. */
import { LIMITS } from "../api/limits";
import type { Cell, CellState, Operation, Schemas, Value } from "../api/types";

/** One cell that an operation changes, with what it showed before: enough to paint it and to paint it back. */
export interface Effect {
  image: number;
  label: number;
  value: Value;
  was: Value;
  cantTell?: boolean;
  couldNotTell?: boolean;
}

export type EntryState = "waiting" | "conflict" | "parked" | "rejected";

export interface Entry {
  /** Order of creation over all tabs; given by the store. */
  seq?: number;
  id: string;
  person: number;
  project: number;
  operation: Operation;
  effects: Effect[];
  /** The image whose "checked" receipt this sets, and to what. */
  checked?: { image: number; on: boolean; was: boolean };
  /** The act in words, and whether this takes it back or does it again. */
  text: string;
  turn?: "undo" | "redo";
  state: EntryState;
  /** The server's sentence, when it did not apply the operation. */
  detail: string;
  /** The server's cells, when it did not apply the operation. */
  theirs: CellState[];
  at: number;
}

/** One undoable act of this person. `last` is the operation that an undo or redo must name. */
export interface Act {
  seq?: number;
  id: string;
  person: number;
  project: number;
  last: string;
  undone: boolean;
  text: string;
  image: number | null;
  effects: Effect[];
  checked?: { image: number; on: boolean; was: boolean };
  /** The blind question that this answered: it is shown again when the answer is taken back. */
  question?: Schemas["Question"];
  at: number;
}

export function cellKey(image: number, label: number): string {
  return `${image.toString()}:${label.toString()}`;
}

/** The effects of taking an act back. */
export function inverse(effects: readonly Effect[]): Effect[] {
  return effects.map((effect) => ({
    ...effect,
    value: effect.was,
    was: effect.value,
    ...(effect.cantTell === undefined ? {} : { cantTell: effect.couldNotTell, couldNotTell: effect.cantTell }),
  }));
}

/** The cells of one image as they will be when everything that waits has arrived. */
export function overlayCells(cells: readonly Cell[], image: number, entries: readonly Entry[]): Cell[] {
  const changed = new Map<number, Partial<Cell>>();
  for (const entry of entries) {
    if (entry.state !== "waiting") continue;
    for (const effect of entry.effects) {
      if (effect.image !== image) continue;
      const before = changed.get(effect.label);
      changed.set(effect.label, {
        ...before,
        value: effect.value,
        by: entry.person,
        source: sourceOf(entry.operation, effect),
        ...(effect.cantTell === undefined ? {} : { cant_tell: effect.cantTell }),
      });
    }
  }
  return cells.map((cell) => (changed.has(cell.label) ? { ...cell, ...changed.get(cell.label) } : cell));
}

/** The value that waits for one cell, or undefined when nothing does. */
export function waitingValue(entries: readonly Entry[], image: number, label: number): Value | undefined {
  let value: Value | undefined;
  for (const entry of entries) {
    if (entry.state !== "waiting") continue;
    for (const effect of entry.effects) {
      if (effect.image === image && effect.label === label) value = effect.value;
    }
  }
  return value;
}

/** Whether the image counts as checked once everything that waits has arrived. */
export function overlayChecked(checked: boolean, image: number, entries: readonly Entry[]): boolean {
  return entries.reduce(
    (now, entry) => (entry.state === "waiting" && entry.checked?.image === image ? entry.checked.on : now),
    checked,
  );
}

function sourceOf(operation: Operation, effect: Effect): string {
  if (operation.kind === "close") return effect.value === 1 ? "accepted" : "closed";
  if (operation.source === "accepted") return "accepted";
  return operation.kind === "page" ? "page" : "human";
}

const MAX_OPERATIONS = 100;

/** The next operations to send: of one project, in order. Several may touch one cell; each names the one it stands on. */
export function nextBatch(entries: readonly Entry[]): Entry[] {
  const batch: Entry[] = [];
  let cells = 0;
  for (const entry of entries) {
    if (entry.state !== "waiting") continue;
    const first = batch[0];
    if (first && entry.project !== first.project) continue;
    cells += entry.effects.length;
    if (batch.length === MAX_OPERATIONS || (first && cells > LIMITS.actCells)) break;
    batch.push(entry);
  }
  return batch;
}

/**
 * The operation with what it stands on. The screen shows what still waits as if it had arrived, so a second key is made on
 * top of the first: it names that one in `after`, and keeps the version that it stands on. `made` are versions that
 * answered operations gave cells; the screen may not have taken them in yet.
 */
export function standOn(
  operation: Operation,
  effects: readonly Effect[],
  entries: readonly Entry[],
  made: ReadonlyMap<string, number>,
): Operation {
  const last = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry.state === "waiting")
      for (const effect of entry.effects) last.set(cellKey(effect.image, effect.label), entry);
  }
  const baseOf = (key: string, seen: number | null | undefined) => {
    const below = last.get(key);
    const stands = below && seenBy(below.operation, key);
    return seen == null ? seen : (stands ?? Math.max(seen, made.get(key) ?? 0));
  };
  const after = new Set(effects.flatMap(({ image, label }) => last.get(cellKey(image, label))?.id ?? []));
  return {
    ...operation,
    ...(operation.image && operation.label && operation.base != null
      ? { base: baseOf(cellKey(operation.image, operation.label), operation.base) }
      : {}),
    ...(operation.cells
      ? {
          cells: operation.cells.map((cell) => ({ ...cell, base: baseOf(cellKey(cell.image, cell.label), cell.base) })),
        }
      : {}),
    ...(after.size > 0 && after.size <= LIMITS.after ? { after: [...after] } : {}),
  };
}

/** The version of the cell that an operation stands on; undefined when it names none. */
function seenBy(operation: Operation, key: string): number | undefined {
  if (operation.image && operation.label && cellKey(operation.image, operation.label) === key)
    return operation.base ?? undefined;
  return operation.cells?.find((cell) => cellKey(cell.image, cell.label) === key)?.base ?? undefined;
}

/** What takes an operation back, what does it again after that, and so on, as far as it still waits. */
export function turnsOf(id: string, entries: readonly Entry[]): Entry[] {
  const turns: Entry[] = [];
  for (let of = id; ;) {
    const next = entries.find(
      ({ operation, state }) => state === "waiting" && operation.kind === "undo" && operation.of === of,
    );
    if (!next) return turns;
    turns.push(next);
    of = next.id;
  }
}

/** The cells of a conflict in which the two sides differ; where both say the same there is nothing to decide. */
export function differing(effects: readonly Effect[], theirs: readonly CellState[]): Effect[] {
  const values = new Map(theirs.map((cell) => [cellKey(cell.image, cell.label), cell.value]));
  return effects.filter((effect) => values.get(cellKey(effect.image, effect.label)) !== effect.value);
}
