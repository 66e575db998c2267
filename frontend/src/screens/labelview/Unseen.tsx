/** How many tiles of the page were not on screen yet, and the way to the first of them. */
import { useMemo } from "react";
import type { RefObject } from "react";

import { number } from "../../ui/numbers";
import type { Board } from "./page";
import type { TileRows } from "./useTileRows";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");

interface Props {
  scroller: RefObject<HTMLElement | null>;
  board: Board;
  rows: TileRows;
}

export function Unseen({ scroller, board, rows }: Props) {
  const { first: firstShown, shown, columns, rowHeight } = rows;
  const firstUnseen = board.tiles.findIndex((tile) => !board.seen.has(tile.image));
  const unseen = useMemo(
    () =>
      board.tiles.filter((tile, index) => (index < firstShown || index >= shown) && !board.seen.has(tile.image)).length,
    [board, firstShown, shown],
  );
  if (unseen === 0 || board.seen.size === 0) return null;
  const toUnseen = () =>
    scroller.current?.scrollTo({
      top: Math.floor(firstUnseen / columns) * rowHeight,
      behavior: CALM.matches ? "auto" : "smooth",
    });
  return (
    <button type="button" className="tiles-below" tabIndex={-1} onClick={toUnseen}>
      {number(unseen)} not seen yet {firstUnseen >= firstShown && <kbd aria-hidden="true">Page ↓</kbd>}
    </button>
  );
}
