/** The keyboard's place in the grid: which tile has the focus, which the mouse points at, and the handle that keys move it by. */
import { useEffect, useImperativeHandle, useRef } from "react";
import type { MouseEvent, Ref, RefObject } from "react";

import type { PageState } from "./usePageState";
import { tileAt } from "./useTilePointer";
import type { TileRows } from "./useTileRows";

export interface GridHandle {
  columns: () => number;
  /** Rows that fit on the screen. */
  rows: () => number;
  focus: (index: number) => void;
  /** The tile under the mouse, null when the cursor was moved by key since the mouse did. */
  pointed: () => number | null;
}

function tileIn(scroller: HTMLElement | null, index: number): HTMLElement | null {
  return scroller?.querySelector<HTMLElement>(`[role=gridcell][data-index="${index.toString()}"]`) ?? null;
}

/** Gives what the grid does on moves of the mouse. */
export function useTileFocus(
  handle: Ref<GridHandle>,
  scroller: RefObject<HTMLElement | null>,
  { virtual, columns, rowHeight }: TileRows,
  { board, cursor }: PageState,
  scene: string,
) {
  const wanted = useRef<number | null>(null);
  const focused = useRef("");
  const mouse = useRef<{ x: number; y: number } | null>(null);

  // The tile may not be drawn yet when it is asked for; the focus follows as soon as it is.
  useEffect(() => {
    const page = `${scene} ${board.tiles.length.toString()}`;
    // The tile that had the focus may have gone with its page, and the focus with it.
    if (page !== focused.current && document.activeElement === document.body) wanted.current ??= cursor;
    focused.current = page;
    if (wanted.current === null) return;
    const tile = tileIn(scroller.current, wanted.current);
    if (!tile) return;
    wanted.current = null;
    tile.focus({ preventScroll: true });
  });

  useImperativeHandle(
    handle,
    () => ({
      columns: () => columns,
      rows: () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight)),
      focus: (index) => {
        mouse.current = null;
        wanted.current = index;
        virtual.scrollToIndex(Math.floor(index / columns), { align: "auto" });
        tileIn(scroller.current, index)?.focus({ preventScroll: true });
      },
      pointed: () => (mouse.current ? tileAt(mouse.current.x, mouse.current.y) : null),
    }),
    [scroller, columns, rowHeight, virtual],
  );

  return {
    onMouseMove: (event: MouseEvent) => {
      mouse.current = { x: event.clientX, y: event.clientY };
    },
    onMouseLeave: () => {
      mouse.current = null;
    },
  };
}
