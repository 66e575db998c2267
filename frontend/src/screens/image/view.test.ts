import { expect, test } from "vitest";

import { filterOf, fit, hold, middle, step, zoomAt } from "./view";

const FRAME = { width: 800, height: 600 };

test("the whole picture is as large as the frame allows, also when turned", () => {
  expect(fit(FRAME, { width: 1600, height: 600 }, 0).scale).toBe(0.5);
  expect(fit(FRAME, { width: 1200, height: 400 }, 1).scale).toBe(0.5);
  expect(fit(FRAME, { width: 10, height: 10 }, 0).scale).toBe(6);
});

test("zooming keeps what is under the pointer under it", () => {
  const before = { scale: 0.5, x: 30, y: -20 };
  const after = zoomAt(before, 3, 100, 50, before);
  const inPicture = (view: typeof before) => [(100 - view.x) / view.scale, (50 - view.y) / view.scale];
  expect(inPicture(after)[0]).toBeCloseTo(inPicture(before)[0] ?? 0);
  expect(inPicture(after)[1]).toBeCloseTo(inPicture(before)[1] ?? 0);
  expect(after.scale).toBe(1.5);
});

test("zoom ends at half the whole picture and at 32 screen pixels for one", () => {
  const whole = { scale: 0.5, x: 0, y: 0 };
  expect(zoomAt(whole, 1e-6, 0, 0, whole).scale).toBe(0.25);
  expect(zoomAt(whole, 1e6, 0, 0, whole).scale).toBe(32);
});

test("the picture cannot be pushed out of the frame", () => {
  const picture = { width: 1000, height: 1000 };
  expect(hold({ scale: 1, x: 900, y: -900 }, FRAME, picture, 0)).toEqual({ scale: 1, x: 100, y: -200 });
  expect(hold({ scale: 0.1, x: 50, y: 50 }, FRAME, picture, 0)).toEqual({ scale: 0.1, x: 0, y: 0 });
});

test("at 100% the picture's edges fall on the screen's pixels, whatever the frame's size, the turn and the screen", () => {
  const frame = { width: 898.6, height: 682.2 };
  for (const ratio of [1, 1.25, 2]) {
    for (const quarters of [0, 1]) {
      const picture = { width: 1201, height: 800 };
      const [width, height] = quarters ? [800, 1201] : [1201, 800];
      const { x, y } = middle({ scale: 1 / ratio, x: 3.3, y: -0.7 }, frame, picture, quarters, ratio);
      const edges = [x - width / ratio / 2, y - height / ratio / 2].map((edge) => edge * ratio);
      for (const edge of edges) expect(edge).toBeCloseTo(Math.round(edge), 6);
      expect(Math.abs(x - frame.width / 2 - 3.3)).toBeLessThanOrEqual(0.5 / ratio + 1e-9);
      expect(Math.abs(y - frame.height / 2 + 0.7)).toBeLessThanOrEqual(0.5 / ratio + 1e-9);
    }
  }
});

test("brightness stays within what still shows something", () => {
  expect(step(0.35, -0.1)).toBe(0.3);
  expect(step(2.95, 0.1)).toBe(3);
  expect(filterOf({ brightness: 1.1, contrast: 1, invert: true })).toBe("brightness(1.1) contrast(1) invert(1)");
});
