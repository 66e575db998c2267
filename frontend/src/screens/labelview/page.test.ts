import { describe, expect, it } from "vitest";

import type { Value } from "../../api/types";
import {
  between,
  cutWithin,
  decisionAt,
  isKept,
  keep,
  nextPage,
  NOTHING_SAID,
  overwrites,
  placeAmong,
  say,
  tally,
  writes,
} from "./page";
import type { Board, TileData } from "./page";

function tile(image: number, score: number | null, value: Value = 0): TileData {
  return { image, score, value, thumbnail: "", width: 4, height: 3, version: value === 0 ? 0 : 1 };
}

const five = [tile(1, 0.9), tile(2, 0.8), tile(3, 0.6), tile(4, 0.3), tile(5, 0.1)];
const board = (change: Partial<Board> = {}): Board => ({
  tiles: five,
  cut: 2,
  placed: false,
  absentSuggested: true,
  own: NOTHING_SAID,
  seen: new Set((change.tiles ?? five).map((one) => one.image)),
  ...change,
});

describe("a page of tiles", () => {
  it("is present before the cut and absent from it on", () => {
    expect([0, 1, 2, 3, 4].map((index) => decisionAt(board(), index))).toEqual([1, 1, -1, -1, -1]);
    expect(tally(board())).toEqual({
      present: 2,
      absent: 3,
      left: 0,
      unsuggested: 0,
      unproven: 0,
      unseen: 0,
      overwrite: 0,
    });
  });

  it("keeps the line between the same tiles when some leave the page", () => {
    expect([0, 1, 2, 4].map((index) => placeAmong([10, 13], [10, 11, 12, 13], index))).toEqual([0, 1, 1, 2]);
  });

  it("keeps an exception when the cut moves past it, and forgets one that agrees with the cut", () => {
    const own = say(board(), [2], 1);
    expect(decisionAt(board({ own, cut: 0 }), 2)).toBe(1);
    expect(say(board({ own }), [2], -1).size).toBe(0);
  });

  it("keeps a pinned tile at what it showed when the line is moved past it, and lets it go when pinned again", () => {
    const own = keep(board(), [1, 2]);
    expect([0, 1, 2, 3, 4].map((index) => decisionAt(board({ own, cut: 0 }), index))).toEqual([-1, 1, -1, -1, -1]);
    expect([0, 1, 2, 3, 4].map((index) => decisionAt(board({ own, cut: 4 }), index))).toEqual([1, 1, -1, 1, -1]);
    expect([isKept(board({ own }), 1), isKept(board({ own, cut: 1 }), 1)]).toEqual([true, false]);
    expect(keep(board({ own }), [1, 2]).size).toBe(0);
  });

  it("pins an exception too, and a run with one tile that is not pinned yet", () => {
    const own = keep(board({ own: say(board(), [3], 1) }), [3, 4]);
    expect([...own]).toEqual([
      [4, 1],
      [5, -1],
    ]);
    expect(keep(board({ own }), [2, 4]).get(3)).toBe(-1);
    expect(keep(board(), [9]).size).toBe(0);
  });

  it("writes nothing for a tile that is left unknown", () => {
    const own = say(board(), [0, 4], 0);
    expect(tally(board({ own }))).toEqual({
      present: 1,
      absent: 2,
      left: 2,
      unsuggested: 0,
      unproven: 0,
      unseen: 0,
      overwrite: 0,
    });
    expect(writes(board({ own })).map((change) => change.tile.image)).toEqual([2, 3, 4]);
  });

  it("leaves tiles without a suggestion unknown until the person says them or puts the line", () => {
    const tiles = [...five.slice(0, 3), tile(4, null), tile(5, null)];
    expect(tally(board({ tiles }))).toEqual({
      present: 2,
      absent: 1,
      left: 2,
      unsuggested: 2,
      unproven: 0,
      unseen: 0,
      overwrite: 0,
    });
    const own = say(board({ tiles }), [3], 1);
    expect(tally(board({ tiles, own }))).toEqual({
      present: 3,
      absent: 1,
      left: 1,
      unsuggested: 1,
      unproven: 0,
      unseen: 0,
      overwrite: 0,
    });
    const skipped = say(board({ tiles }), [3], 0);
    expect(tally(board({ tiles, own: skipped }))).toMatchObject({ left: 2, unsuggested: 1 });
    expect(tally(board({ tiles, placed: true, own: skipped }))).toMatchObject({
      present: 2,
      absent: 2,
      left: 1,
      unsuggested: 0,
    });
  });

  it("suggests nothing absent of a label known by its name alone, until the person puts the line", () => {
    const known = { absentSuggested: false };
    expect(tally(board(known))).toMatchObject({ present: 2, absent: 0, left: 3, unproven: 3, unsuggested: 0 });
    expect(tally(board({ ...known, own: say(board(known), [4], 1) }))).toMatchObject({
      present: 3,
      absent: 0,
      left: 2,
    });
    expect(tally(board({ ...known, placed: true }))).toMatchObject({ present: 2, absent: 3, left: 0, unproven: 0 });
  });

  it("writes what was on screen and what was said by name, and nothing else", () => {
    const seen = new Set([1, 3]);
    expect(writes(board({ seen })).map(({ tile: one, value }) => [one.image, value])).toEqual([
      [1, 1],
      [3, -1],
    ]);
    const own = say(board(), [4], 1);
    expect(writes(board({ seen, own })).map(({ tile: one }) => one.image)).toEqual([1, 3, 5]);
    expect(tally(board({ seen, own }))).toMatchObject({ present: 2, absent: 1, left: 0, unseen: 2 });
    expect(writes(board({ seen: new Set(), placed: true }))).toEqual([]);
  });

  it("touches marked tiles only when told, and counts them apart", () => {
    const tiles = [tile(1, 0.9, -1), ...five.slice(1)];
    expect(writes(board({ tiles })).map((change) => change.tile.image)).toEqual([2, 3, 4, 5]);
    expect(overwrites(board({ tiles }))).toEqual([]);
    const own = say(board({ tiles }), [0], 1);
    expect(tally(board({ tiles, own }))).toEqual({
      present: 1,
      absent: 3,
      left: 0,
      unsuggested: 0,
      unproven: 0,
      unseen: 0,
      overwrite: 1,
    });
  });

  it("takes the likeliest or the most uncertain, shown by falling score, without those answered", () => {
    expect(nextPage(five, "score", 2, new Set([1])).map((one) => one.image)).toEqual([2, 3]);
    expect(nextPage(five, "uncertainty", 2, new Set()).map((one) => one.image)).toEqual([3, 4]);
  });

  it("takes a fifth of a page from the tiles drawn at random, which stand last, and shows each tile once", () => {
    const ready = Array.from({ length: 100 }, (_, place) => tile(place + 1, 1 - place / 100));
    const first = nextPage(ready, "score", 20, new Set()).map((one) => one.image);
    expect(first.slice(0, 16)).toEqual(Array.from({ length: 16 }, (_, place) => place + 1));
    expect(first.slice(16).every((image) => image > 80)).toBe(true);
    const second = nextPage(ready, "score", 20, new Set(first)).map((one) => one.image);
    expect(new Set([...first, ...second]).size).toBe(40);
    expect(nextPage(ready, "score", 200, new Set())).toHaveLength(100);
  });

  it("cuts a part of what stands ready at the same score as the whole", () => {
    expect(
      cutWithin(
        [five[1], five[3]].filter((one) => one !== undefined),
        five,
        3,
      ),
    ).toBe(1);
  });

  it("reaches both ways", () => {
    expect(between(4, 2)).toEqual([2, 3, 4]);
  });
});
