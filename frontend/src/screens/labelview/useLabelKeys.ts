/** The keys of the label view; the table of keys says which they are. */
import { useMemo } from "react";
import type { RefObject } from "react";

import { useKeys } from "../../keys/useKeys";
import type { Handlers } from "../../keys/useKeys";
import type { GridHandle } from "./TileGrid";
import type { PageState } from "./usePageState";
import type { useTileLook } from "./useTileLook";

interface Options {
  /** Something else has the keys now. */
  rests: boolean;
  state: PageState;
  look: ReturnType<typeof useTileLook>;
  grid: RefObject<GridHandle | null>;
  commit: () => void;
  /** Write the page with the cut line after this tile. */
  commitAt: (index: number) => void;
  overwrite: () => void;
  undo: () => void;
  redo: () => void;
  fresh: () => void;
  enlarge: (down: boolean) => void;
  nextLabel: (() => void) | null;
  closeAll: () => void;
  open: () => void;
}

export function useLabelKeys(options: Options): void {
  const { state, look, grid } = options;
  const handlers = useMemo<Handlers<"label">>(() => {
    const last = state.board.tiles.length - 1;
    const columns = () => grid.current?.columns() ?? 1;
    const rows = () => grid.current?.rows() ?? 1;
    const move = (by: number, act: (index: number) => void) => {
      const to = Math.min(last, Math.max(0, state.cursor + by));
      act(to);
      grid.current?.focus(to);
    };
    /** The tile under a pointer that moved last, else under the cursor. */
    const pointed = () => grid.current?.pointed() ?? state.cursor;
    const all = (value: 1 | -1) => () => (state.selected.size > 1 ? state.sayTargets(value) : state.sayAll(value));
    return {
      "commit-page": options.commit,
      "overwrite-page": options.overwrite,
      "cut-commit": () => options.commitAt(pointed()),
      "cut-here": () => state.setCut(pointed() + 1),
      "cut-earlier": () => state.setCut(state.board.cut - 1),
      "cut-later": () => state.setCut(state.board.cut + 1),
      "all-present": all(1),
      "all-absent": all(-1),
      "tile-keep": () => state.keep(pointed()),
      "tile-flip": state.flipTargets,
      "tile-skip": () => state.sayTargets(0),
      "tile-bigger": look.bigger,
      "tile-smaller": look.smaller,
      "tile-heat": look.toggleHeat,
      "tile-look": options.enlarge,
      "close-all": options.closeAll,
      "tile-open": options.open,
      "page-order": () => look.setOrder(look.order === "score" ? "uncertainty" : "score"),
      "page-fresh": options.fresh,
      "next-label": options.nextLabel ?? undefined,
      "tile-left": () => move(-1, state.go),
      "tile-right": () => move(1, state.go),
      "tile-up": () => move(-columns(), state.go),
      "tile-down": () => move(columns(), state.go),
      "reach-left": () => move(-1, state.reach),
      "reach-right": () => move(1, state.reach),
      "reach-up": () => move(-columns(), state.reach),
      "reach-down": () => move(columns(), state.reach),
      "tile-screen-down": () => move(columns() * rows(), state.go),
      "tile-screen-up": () => move(-columns() * rows(), state.go),
      "tile-first": () => move(-last - 1, state.go),
      "tile-last": () => move(last + 1, state.go),
      "tile-none": state.selectNone,
      undo: options.undo,
      redo: options.redo,
    };
  }, [options, state, look, grid]);
  // What comes before the page takes its place; undo reaches behind it.
  useKeys("label", options.rests ? { undo: options.undo, redo: options.redo } : handlers);
}
