/**
 * The images one has looked at, in order, and those that stand ready behind them. Pure functions.
 *
 * The place behind the last image is a place too: there one waits for the next, or reads that there is none. An image
 * that was left undecided comes again when all others have been seen; the round then ends there, and is said to.
 */
import type { Next } from "../../api/types";

export interface Trail {
  /** In the order they were looked at; the same image may stand here again. */
  seen: readonly number[];
  /** Place of the open image in `seen`; `seen.length` is the place behind the last. */
  at: number;
  /** Images that stand ready behind the last one seen, nearest first. */
  ahead: readonly number[];
  /** Those of `ahead` that were left for later before. */
  again: readonly number[];
  /** Place in `seen` where this round began. */
  round: number;
  /** Images left behind of which the server has not been told. */
  left: readonly number[];
  /** Behind the last: why nothing follows, as it has been said; what comes later then waits for a key. */
  ended: string | null;
}

export const EMPTY: Trail = { seen: [], at: 0, ahead: [], again: [], round: 0, left: [], ended: null };

export const ROUND_OVER = "You have looked at every picture once. What you left undecided comes again.";
export const MORE = "There is more to look at now.";
export const NOTHING = "Every picture has been looked at.";

const KEPT = 2_000;

export function openOf(trail: Trail): number | null {
  return trail.seen[trail.at] ?? null;
}

/** Whether the next image was left undecided in this very round: everything else has been seen. */
export function endsRound({ seen, ahead, again, round }: Trail): boolean {
  const next = ahead[0];
  return next !== undefined && again.includes(next) && seen.slice(round).includes(next);
}

/** Open what stands at `at`; the image left behind is remembered until the server has been told. */
export function moveTo(before: Trail, at: number): Trail {
  const place = Math.min(before.seen.length, Math.max(0, at));
  // Back at an end behind which something has been found since: it still waits for a key.
  const isEnd = place === before.seen.length && before.ahead.length > 0;
  const after: Trail = { ...before, at: place, ended: isEnd ? (endsRound(before) ? ROUND_OVER : MORE) : null };
  const was = openOf(before);
  const now = openOf(after);
  const left = was === null || was === now ? before.left : [...before.left.filter((id) => id !== was), was];
  return { ...after, left: left.filter((id) => id !== now) };
}

/** One image on. `nothing` is why the server knows of none, if it has said so: the place behind the last is an end then. */
export function forward(before: Trail, nothing: string | null): Trail {
  const last = before.seen.length;
  if (before.at + 1 < last) return moveTo(before, before.at + 1);
  const isOver = endsRound(before);
  const [next, ...ahead] = before.ahead;
  if (next === undefined || (isOver && before.at < last))
    return { ...moveTo(before, last), ended: next === undefined ? nothing : ROUND_OVER };
  const round = isOver ? last : before.round;
  const again = before.again.filter((id) => id !== next);
  return moveTo({ ...before, seen: [...before.seen, next], ahead, again, round }, last);
}

/** As much of the server's answer as the trail needs. */
export type Found = Pick<Next, "again" | "reason"> & { images: readonly { id: number }[] };

/** The trail with the server's answer; an image opens by itself only for one who is waiting for it. */
export function extend(before: Trail, found: Found): Trail {
  const waits = before.at === before.seen.length;
  const held = new Set([openOf(before), ...before.ahead]);
  const fresh = found.images.map(({ id }) => id).filter((id) => !held.has(id));
  if (fresh.length === 0) {
    const ended = waits && before.ahead.length === 0 ? (found.reason ?? NOTHING) : before.ended;
    return ended === before.ended ? before : { ...before, ended };
  }
  const after = {
    ...before,
    ahead: [...before.ahead, ...fresh],
    again: [...before.again, ...found.again.filter((id) => fresh.includes(id))],
  };
  if (!waits || before.ended !== null) return after;
  return endsRound(after) ? { ...after, ended: ROUND_OVER } : forward(after, null);
}

/** Drop what no longer needs a look; it is given back like what was looked at. */
export function without(before: Trail, images: readonly number[]): Trail {
  const gone = before.ahead.filter((id) => images.includes(id));
  if (gone.length === 0) return before;
  const stays = (id: number) => !gone.includes(id);
  return {
    ...before,
    ahead: before.ahead.filter(stays),
    again: before.again.filter(stays),
    left: [...before.left, ...gone],
  };
}

/** Open this image: where it stands nearest to `at`, else behind the open one. */
export function show(before: Trail, image: number, at?: number): Trail {
  if (at !== undefined && before.seen[at] === image) return moveTo(before, at);
  const known = before.seen.lastIndexOf(image);
  if (known >= 0) return moveTo(before, known);
  const place = Math.min(before.at + 1, before.seen.length);
  const seen = [...before.seen.slice(0, place), image, ...before.seen.slice(place)];
  const stays = (id: number) => id !== image;
  return moveTo({ ...before, seen, ahead: before.ahead.filter(stays), again: before.again.filter(stays) }, place);
}

/** What is kept of the trail over a reload. What stood ready is still leased and comes first again. */
export function stored(trail: Trail): string {
  const gone = Math.max(0, trail.seen.length - KEPT);
  const back = (place: number) => Math.max(0, place - gone);
  const kept: Trail = {
    ...EMPTY,
    seen: trail.seen.slice(gone),
    at: back(trail.at),
    round: back(trail.round),
    left: trail.left,
  };
  return JSON.stringify(kept);
}

/** The trail as it was kept, open at the image of the address if that names one. */
export function restored(text: string | null, image: number | null, at?: number): Trail {
  let old = EMPTY;
  try {
    old = { ...EMPTY, ...(JSON.parse(text ?? "{}") as Partial<Trail>) };
  } catch {
    // Somebody else's writing under our name: begin anew.
  }
  if (image !== null) return show({ ...old, at: old.seen.length }, image, at);
  return at === undefined ? old : moveTo(old, at);
}
