/** How tiles of about `size` pixels fill the width in rows, and which of the rows are drawn. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useState } from "react";
import type { RefObject } from "react";

/** Pixels between tiles. */
export const GAP = 10;
const SHAPE = 3 / 4;
/** A cut line needs something on both sides. */
const FEWEST_COLUMNS = 2;

export function useTileRows(scroller: RefObject<HTMLDivElement | null>, tiles: number, size: number) {
  const [width, setWidth] = useState(0);
  const columns = Math.max(FEWEST_COLUMNS, Math.floor((width + GAP) / (size + GAP)));
  const tileWidth = Math.max(1, (width - GAP * (columns - 1)) / columns);
  const rowHeight = Math.round(tileWidth * SHAPE) + GAP;
  const count = Math.ceil(tiles / columns);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 2,
    paddingStart: GAP,
    paddingEnd: GAP,
    scrollPaddingStart: GAP,
    scrollPaddingEnd: GAP,
  });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => setWidth(element.clientWidth - 2 * GAP);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [scroller]);
  useLayoutEffect(() => {
    virtual.measure();
  }, [virtual, rowHeight, columns]);

  const top = virtual.scrollOffset ?? 0;
  const height = virtual.scrollRect?.height ?? 0;
  return {
    virtual,
    columns,
    rowHeight,
    tileHeight: rowHeight - GAP,
    count,
    /** The first tile in sight. */
    first: Math.floor(top / rowHeight) * columns,
    /** Tiles down to the end of the screen, those above it included. */
    shown: width === 0 ? 0 : Math.floor((top + height) / rowHeight) * columns,
    /** Tiles that fill the screen. */
    screenful: width === 0 ? 0 : Math.ceil(height / rowHeight) * columns,
  };
}

export type TileRows = ReturnType<typeof useTileRows>;
