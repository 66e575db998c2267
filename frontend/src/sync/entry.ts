/** What waits in the outbox, and what it does to the cells on screen meanwhile. Pure functions, no storage. */
import type { Cell, CellState, Operation, Value } from "../api/types";

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
        source: sourceOf(entry.operation),
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

function sourceOf(operation: Operation): string {
  if (operation.kind === "close") return "closed";
  if (operation.source === "accepted") return "accepted";
  return operation.kind === "page" ? "page" : "human";
}

const MAX_OPERATIONS = 100;
const MAX_CELLS = 2_000;

/**
 * The next operations to send: of one project, in order, never two that touch the same cell. The second of two changes
 * of one cell must wait, because only the answer to the first tells which version it stands on.
 */
export function nextBatch(entries: readonly Entry[]): Entry[] {
  const batch: Entry[] = [];
  const touched = new Set<string>();
  let cells = 0;
  for (const entry of entries) {
    if (entry.state !== "waiting") continue;
    const first = batch[0];
    if (first && entry.project !== first.project) continue;
    const names = [...entry.effects.map((effect) => cellKey(effect.image, effect.label)), ...receiptKeys(entry)];
    if (names.some((name) => touched.has(name))) break;
    cells += names.length;
    if (batch.length === MAX_OPERATIONS || (first && cells > MAX_CELLS)) break;
    names.forEach((name) => touched.add(name));
    batch.push(entry);
  }
  return batch;
}

function receiptKeys(entry: Entry): string[] {
  return entry.checked ? [`${entry.checked.image.toString()}:checked`] : [];
}

/** Move an operation that waits onto the versions the server has just reported. */
export function rebase(operation: Operation, states: readonly CellState[]): Operation {
  const versions = new Map(states.map((state) => [cellKey(state.image, state.label), state.version]));
  const own = operation.image && operation.label ? versions.get(cellKey(operation.image, operation.label)) : undefined;
  return {
    ...operation,
    ...(own === undefined || operation.base == null ? {} : { base: own }),
    ...(operation.cells
      ? {
          cells: operation.cells.map((cell) => ({
            ...cell,
            base: versions.get(cellKey(cell.image, cell.label)) ?? cell.base,
          })),
        }
      : {}),
  };
}
