/** How a person likes the tiles; remembered on this device. */
import { useState } from "react";

import { usePreference } from "../../prefs/usePreference";
import type { PageOrder } from "./page";

/** Tiles on a page; 0 = as many as bring most for each act, which the server works out for every page. */
export const SUGGESTED = 0;
export const SIZES = [SUGGESTED, 30, 60, 100, 250, 1_000, 10_000] as const;
/** Widths in CSS pixels. */
export const SMALLEST_TILE = 80;
export const LARGEST_TILE = 460;

interface Look {
  order: PageOrder;
  perPage: number;
  size: number;
}

const AT_FIRST: Look = { order: "score", perPage: SUGGESTED, size: 168 };
const STEP = 1.2;

export function useTileLook() {
  const [look, setLook] = usePreference<Look>("tiles", AT_FIRST);
  const [heat, setHeat] = useState(false);
  const [reaching, setReaching] = useState(false);
  const change = (part: Partial<Look>) => setLook((before) => ({ ...before, ...part }));
  const setSize = (size: number) => change({ size: Math.round(Math.min(LARGEST_TILE, Math.max(SMALLEST_TILE, size))) });
  return {
    ...look,
    heat,
    reaching,
    setOrder: (order: PageOrder) => change({ order }),
    setPerPage: (perPage: number) => change({ perPage }),
    setSize,
    bigger: () => setSize(look.size * STEP),
    smaller: () => setSize(look.size / STEP),
    toggleHeat: () => setHeat((on) => !on),
    toggleReaching: () => setReaching((on) => !on),
  };
}

export type TileLook = ReturnType<typeof useTileLook>;
