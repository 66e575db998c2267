/** A page of tiles of one label: what each tile will be written as, and what a commit writes. Pure functions. */
import { LIMITS } from "../../api/limits";
import type { LabelPage, Value } from "../../api/types";

export type TileData = LabelPage["tiles"][number];

export type PageOrder = "score" | "uncertainty";

export interface Board {
  tiles: readonly TileData[];
  /** Present before this index, absent from it on. */
  cut: number;
  /** Whether the person put the line there: then it speaks of tiles of which the model says too little, too. */
  placed: boolean;
  /** Whether the model knows enough of the label to suggest that a tile is absent. */
  absentSuggested: boolean;
  /** What the person said of single tiles, by image; 0 leaves the tile as it is. */
  own: ReadonlyMap<number, Value>;
  /** Images that were on screen. Nothing is written of the others, unless the person named them one by one. */
  seen: ReadonlySet<number>;
}

export const NOTHING_SAID: ReadonlyMap<number, Value> = new Map();

/** Whether neither model nor person has said anything of the tile: one key must not write that it is absent. */
function isUnsaid({ placed, own, absentSuggested, cut }: Board, tile: TileData, index: number): boolean {
  const isSuggested = tile.score !== null && (absentSuggested || index < cut);
  return tile.value === 0 && !isSuggested && !placed && !own.has(tile.image);
}

/** What the tile will be written as; 0 = left as it is. A tile that is marked already changes only when told one by one. */
export function decisionAt(board: Board, index: number): Value {
  const tile = board.tiles[index];
  if (!tile || isUnsaid(board, tile, index)) return 0;
  return board.own.get(tile.image) ?? (tile.value === 0 ? (index < board.cut ? 1 : -1) : (tile.value as Value));
}

export interface Tally {
  present: number;
  absent: number;
  /** Unknown tiles that were on screen and stay unknown. */
  left: number;
  /** Those of them of which nothing has been said yet: no suggestion has come, or the model knows only the label's name. */
  unsuggested: number;
  unproven: number;
  /** Unknown tiles that were not on screen yet: a later commit is about them. */
  unseen: number;
  /** Marked tiles that were told otherwise: a step of its own. */
  overwrite: number;
}

export interface Change {
  tile: TileData;
  value: Value;
}

/** Whether somebody has looked at the tile, or said something of it by name. */
export function isLookedAt({ seen, own }: Board, tile: TileData): boolean {
  return seen.has(tile.image) || own.has(tile.image);
}

/** The unknown tiles that a commit writes. */
export function writes(board: Board): Change[] {
  return board.tiles.flatMap((tile, index) => {
    const value = decisionAt(board, index);
    return tile.value === 0 && value !== 0 && isLookedAt(board, tile) ? [{ tile, value }] : [];
  });
}

/** The marked tiles whose value the person changed on this page. */
export function overwrites(board: Board): Change[] {
  return board.tiles.flatMap((tile) => {
    const value = board.own.get(tile.image);
    return tile.value !== 0 && value !== undefined && value !== tile.value ? [{ tile, value }] : [];
  });
}

export function tally(board: Board): Tally {
  const written = writes(board);
  const present = written.filter((change) => change.value === 1).length;
  const unknown = board.tiles.filter((tile) => tile.value === 0);
  const unseen = unknown.filter((tile) => !isLookedAt(board, tile)).length;
  const unsaid = board.tiles.filter((tile, index) => isLookedAt(board, tile) && isUnsaid(board, tile, index));
  const unsuggested = unsaid.filter((tile) => tile.score === null).length;
  return {
    present,
    absent: written.length - present,
    left: unknown.length - unseen - written.length,
    unsuggested,
    unproven: unsaid.length - unsuggested,
    unseen,
    overwrite: overwrites(board).length,
  };
}

/** Say one value of several tiles. What agrees with the cut line is no exception and is forgotten; to leave never does. */
export function say(board: Board, indexes: Iterable<number>, value: Value): ReadonlyMap<number, Value> {
  const own = new Map(board.own);
  for (const index of indexes) {
    const tile = board.tiles[index];
    if (!tile) continue;
    own.delete(tile.image);
    if (value === 0 || decisionAt({ ...board, own }, index) !== value) own.set(tile.image, value);
  }
  return own;
}

/** Keep what unknown tiles show, wherever the cut line ends; those that are kept, all of them, are let go again. */
export function keep(board: Board, indexes: readonly number[]): ReadonlyMap<number, Value> {
  const tiles = indexes.filter((index) => board.tiles[index]?.value === 0);
  const imageOf = (index: number) => board.tiles[index]?.image ?? 0;
  if (tiles.every((index) => isKept(board, index)))
    return new Map([...board.own].filter(([image]) => !tiles.some((index) => imageOf(index) === image)));
  return new Map([...board.own, ...tiles.map((index) => [imageOf(index), decisionAt(board, index)] as const)]);
}

/** Whether the tile is held at what the cut line says of it too; one that differs is an exception. */
export function isKept(board: Board, index: number): boolean {
  const own = board.own.get(board.tiles[index]?.image ?? 0);
  return own !== undefined && own === decisionAt({ ...board, own: NOTHING_SAID }, index);
}

/** The other answer: present becomes absent, anything else present. */
export function flipped(value: Value): Value {
  return value === 1 ? -1 : 1;
}

/** Where something before this index stands when only `images` are left of those `before`. */
export function placeAmong(images: readonly number[], before: readonly number[], index: number): number {
  const left = new Set(images);
  return before.slice(0, index).filter((image) => left.has(image)).length;
}

/** All indexes from one to the other, both included. */
export function between(one: number, other: number): number[] {
  const first = Math.min(one, other);
  return Array.from({ length: Math.abs(one - other) + 1 }, (_, step) => first + step);
}

/** Numbers that follow the order of pictures no more than chance does (Knuth's multiplicative hash). */
function scattered(image: number): number {
  return Math.imul(image, 2654435761) >>> 0;
}

/** The likeliest, and a share of the page from the random draws, which the server has put at the end of what stands ready. */
function likeliest(open: readonly TileData[], ready: readonly TileData[], size: number): Set<TileData> {
  const drawn = new Set(ready.slice(ready.length - Math.floor(ready.length / LIMITS.drawnTiles)));
  const few = open
    .filter((tile) => drawn.has(tile))
    .toSorted((one, other) => scattered(one.image) - scattered(other.image))
    .slice(0, Math.floor(size / LIMITS.drawnTiles));
  const chosen = new Set(few);
  for (const tile of open) if (chosen.size < size) chosen.add(tile);
  return chosen;
}

/**
 * The next page out of the tiles that stand ready: the likeliest with some at random, or the most uncertain; always
 * shown by falling score, because a cut line only makes sense on a sorted page. `taken` names images already answered.
 */
export function nextPage(
  ready: readonly TileData[],
  order: PageOrder,
  size: number,
  taken: ReadonlySet<number>,
): TileData[] {
  const open = ready.filter((tile) => !taken.has(tile.image));
  const doubt = (tile: TileData) => Math.abs((tile.score ?? -1) - 0.5);
  const chosen =
    order === "score"
      ? likeliest(open, ready, size)
      : new Set(open.toSorted((one, other) => doubt(one) - doubt(other)).slice(0, size));
  return open.filter((tile) => chosen.has(tile));
}

/** Where the line stands on a page, when it stands after `cut` tiles among all that were ready. */
export function cutWithin(page: readonly TileData[], ready: readonly TileData[], cut: number): number {
  const above = new Set(ready.slice(0, cut).map((tile) => tile.image));
  return page.filter((tile) => above.has(tile.image)).length;
}
