/** What an answer of the server leaves to be decided, and what is over with it. Pure. */
import type { OperationResult } from "../api/types";
import { cellKey, differing, turnsOf } from "./entry";
import type { Entry } from "./entry";

export interface Settled {
  entry: Entry;
  result: OperationResult;
  /** Refused, but taken back before anybody knew: nothing is left to tell. */
  moot?: boolean;
}

/** Whether nothing is left for a person to decide: it was applied, or it only has to be told that it was not. */
function isOver({ operation, effects }: Entry, { status, cells }: OperationResult): boolean {
  if (status === "applied" || operation.kind === "undo") return true;
  if (operation.kind === "blind") return status !== "parked";
  return status === "conflict" && effects.length > 0 && differing(effects, cells).length === 0;
}

/** The one cell that a conflict is about; undefined when it is about more. */
function onlyCell({ state, project, effects }: Entry): string | undefined {
  const [only, ...others] = effects;
  return state === "conflict" && only && others.length === 0
    ? `${project.toString()}:${cellKey(only.image, only.label)}`
    : undefined;
}

/**
 * Sorts a batch that the server has answered: entries that are `gone`, those `kept` for a person, and the answers to tell.
 *
 * What the server refused and its author took back meanwhile is gone with everything that took it back. Of several
 * conflicts on one cell only the last is kept: it is what the person said in the end.
 */
export function sift(
  settled: readonly Settled[],
  entries: readonly Entry[],
): { gone: Entry[]; kept: Entry[]; told: Settled[] } {
  const gone = new Map<string, Entry>();
  const kept = new Map<string, Entry>();
  const moot = new Set<string>();
  for (const { entry, result } of settled) {
    if (isOver(entry, result)) {
      gone.set(entry.id, entry);
      continue;
    }
    const turns = turnsOf(entry.id, entries);
    const dropped = turns.length % 2 === 1 ? [entry, ...turns] : turns;
    dropped.forEach((one) => {
      gone.set(one.id, one);
      moot.add(one.id);
    });
    if (gone.has(entry.id)) continue;
    const effects = result.status === "conflict" ? differing(entry.effects, result.cells) : entry.effects;
    kept.set(entry.id, {
      ...entry,
      effects,
      state: result.status as Entry["state"],
      detail: result.detail,
      theirs: result.cells,
    });
  }
  const latest = new Map<string, string>();
  for (const entry of [...entries, ...kept.values()]) {
    const cell = onlyCell(entry);
    const before = cell && latest.get(cell);
    if (cell) latest.set(cell, entry.id);
    const older =
      before && before !== entry.id ? (kept.get(before) ?? entries.find((one) => one.id === before)) : undefined;
    if (!older) continue;
    kept.delete(older.id);
    gone.set(older.id, older);
  }
  const told = settled.map((one) => (moot.has(one.entry.id) ? { ...one, moot: true } : one));
  return { gone: [...gone.values()], kept: [...kept.values()], told };
}
