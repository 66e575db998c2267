/** The keys of the label view; the table of keys says which they are. */
import { useMemo } from "react";
import type { RefObject } from "react";

import { useKeys } from "../../keys/useKeys";
import type { Handlers } from "../../keys/useKeys";
import type { GridHandle } from "./useTileFocus";
import type { BenchActs } from "./useBench";
import type { PageState } from "./usePageState";
import type { TileLook } from "./useTileLook";

interface Options {
  /** Something else has the keys now. */
  rests: boolean;
  state: PageState;
  look: TileLook;
  grid: RefObject<GridHandle | null>;
  acts: BenchActs;
}

export function useLabelKeys({ rests, state, look, grid, acts }: Options): void {
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
      "commit-page": acts.commit,
      "overwrite-page": () => acts.askOverwrite(true),
      "cut-commit": () => acts.commitAt(pointed()),
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
      "tile-look": (down) => acts.look(down ? state.cursor : null),
      "close-all": acts.closeAll,
      "tile-open": acts.openPicture,
      "page-order": () => look.setOrder(look.order === "score" ? "uncertainty" : "score"),
      "page-fresh": acts.takeFresh,
      "next-label": acts.nextLabel ?? undefined,
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
      undo: acts.undo,
      redo: acts.redo,
    };
  }, [acts, state, look, grid]);
  // What comes before the page takes its place; undo reaches behind it.
  useKeys("label", rests ? { undo: acts.undo, redo: acts.redo } : handlers);
}
