import { expect, test } from "vitest";

import {
  EMPTY,
  endsRound,
  extend,
  forward,
  MORE,
  moveTo,
  openOf,
  restored,
  ROUND_OVER,
  show,
  stored,
  without,
} from "./trail";
import type { Found, Trail } from "./trail";

function answer(images: number[], again: number[] = []) {
  return { images: images.map((id) => ({ id })), again, reason: images.length === 0 ? "None is left." : null };
}

/** Walk as far as images are there, asking `server` whenever fewer than two stand ready. */
function walk(trail: Trail, server: (held: number[]) => Found, steps: number): [Trail, (number | null)[]] {
  const opened: (number | null)[] = [];
  let now = trail;
  for (let step = 0; step < steps; step += 1) {
    now = forward(now, null);
    if (now.ahead.length < 2) now = { ...extend(now, server([openOf(now) ?? 0, ...now.ahead])), left: [] };
    opened.push(openOf(now));
  }
  return [now, opened];
}

test("the first image that comes opens, and what is left is told until the server knows", () => {
  const first = extend(EMPTY, answer([1, 2, 3]));
  expect([openOf(first), first.ahead, first.left]).toEqual([1, [2, 3], []]);
  const second = forward(first, null);
  expect([openOf(second), second.ahead, second.left]).toEqual([2, [3], [1]]);
  const back = moveTo(second, 0);
  expect([openOf(back), back.left]).toEqual([1, [2]]);
});

test("a hundred and fifty images are walked one by one, whatever was seen before", () => {
  const all = Array.from({ length: 150 }, (_, index) => index + 1);
  const given = new Set<number>();
  const server = (held: number[]) => {
    const fresh = all.filter((id) => !given.has(id) && !held.includes(id)).slice(0, 3);
    fresh.forEach((id) => given.add(id));
    return answer(fresh);
  };
  const [end, opened] = walk(EMPTY, server, 151);
  expect(opened).toEqual([...all, null]);
  expect(end.ended).toBe("None is left.");
});

test("what was left undecided comes again behind an end that is said, and then every one in its turn", () => {
  let trail = extend(EMPTY, answer([1, 2]));
  trail = forward(trail, null);
  trail = extend(trail, answer([1], [1]));
  expect(endsRound(trail)).toBe(true);
  trail = forward(trail, null);
  expect([openOf(trail), trail.ended]).toEqual([null, ROUND_OVER]);
  trail = extend(trail, answer([2], [2]));
  trail = forward(trail, null);
  expect(openOf(trail)).toBe(1);
  // The second round is not over before 2 has come again too.
  trail = forward(trail, null);
  expect(openOf(trail)).toBe(2);
  trail = forward(extend(trail, answer([1], [1])), null);
  expect(openOf(trail)).toBeNull();
});

test("an image comes by itself to one who waits, and only by a key to one who has read that there is none", () => {
  const waiting = forward(extend(EMPTY, answer([1])), null);
  expect([openOf(waiting), waiting.ended]).toEqual([null, null]);
  expect(openOf(extend(waiting, answer([2])))).toBe(2);
  const told = extend(waiting, answer([]));
  expect(told.ended).toBe("None is left.");
  const later = extend(told, answer([3]));
  expect(openOf(later)).toBeNull();
  expect(openOf(forward(later, null))).toBe(3);
});

test("one who comes back to an end finds an end, with what has been found since", () => {
  const told = extend(forward(extend(EMPTY, answer([1])), null), answer([]));
  const later = extend(moveTo(told, 0), answer([3]));
  expect([openOf(later), openOf(moveTo(later, 1)), moveTo(later, 1).ended]).toEqual([1, null, MORE]);
});

test("what is done meanwhile is not looked at, and given back", () => {
  const trail = without(extend(EMPTY, answer([1, 2, 3])), [2]);
  expect([trail.ahead, trail.left]).toEqual([[3], [2]]);
});

test("an image of the address opens where it was looked at, or behind all others", () => {
  const trail = forward(extend(EMPTY, answer([1, 2, 3])), null);
  expect(openOf(restored(stored(trail), null))).toBe(2);
  expect(openOf(restored(stored(trail), 1))).toBe(1);
  const other = restored(stored(trail), 9);
  expect([other.seen, openOf(other)]).toEqual([[1, 2, 9], 9]);
  expect(openOf(restored("nonsense", null))).toBeNull();
  expect(show(trail, 2, 1).at).toBe(1);
});
