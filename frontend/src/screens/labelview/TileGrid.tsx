/**
 * The virtual grid of tiles. One roving tab stop; pointer acts are heard on the grid as a whole:
 * click = flip, Alt-click = keep as shown, Shift-click or drag = select, press and hold = enlarge, drag the line or click a gap = move the cut.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Ref } from "react";

import { number } from "../../ui/numbers";
import { decisionAt, isKept } from "./page";
import type { Board } from "./page";
import { Tile } from "./Tile";
import { useAhead } from "./useAhead";
import { useSeen } from "./useSeen";
import { tileAt, useTilePointer } from "./useTilePointer";
import type { PointerActs } from "./useTilePointer";

export interface GridHandle {
  columns: () => number;
  /** Rows that fit on the screen. */
  rows: () => number;
  focus: (index: number) => void;
  /** The tile under the mouse, null when the cursor was moved by key since the mouse did. */
  pointed: () => number | null;
}

interface Props extends PointerActs {
  board: Board;
  label: string;
  size: number;
  cursor: number;
  selected: ReadonlySet<number>;
  heatOf: ((image: number) => string) | null;
  /** Changes when another page is shown: the grid goes back to its top. */
  scene: string;
  handle: Ref<GridHandle>;
  /** Told of images as they are looked at. */
  onSeen: (images: readonly number[]) => void;
}

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const GAP = 10;
const SHAPE = 3 / 4;
/** So many screens of pictures are fetched before they are scrolled to. */
const SCREENS_AHEAD = 3;
/** A cut line needs something on both sides. */
const FEWEST_COLUMNS = 2;

export function TileGrid({ board, label, size, cursor, selected, heatOf, scene, handle, onSeen, ...acts }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const wanted = useRef<number | null>(null);
  const focused = useRef("");
  const mouse = useRef<{ x: number; y: number } | null>(null);
  const columns = Math.max(FEWEST_COLUMNS, Math.floor((width + GAP) / (size + GAP)));
  const tileWidth = Math.max(1, (width - GAP * (columns - 1)) / columns);
  const rowHeight = Math.round(tileWidth * SHAPE) + GAP;
  const rows = Math.ceil(board.tiles.length / columns);
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 2,
    paddingStart: GAP,
    paddingEnd: GAP,
    scrollPaddingStart: GAP,
    scrollPaddingEnd: GAP,
  });
  const pointer = useTilePointer(acts);
  const screenEnd = (virtual.scrollOffset ?? 0) + (virtual.scrollRect?.height ?? 0);
  const shown = width === 0 ? 0 : Math.floor(screenEnd / rowHeight) * columns;
  useSeen(scroller, scene, onSeen);
  const firstUnseen = board.tiles.findIndex((tile) => !board.seen.has(tile.image));
  const firstShown = Math.floor((virtual.scrollOffset ?? 0) / rowHeight) * columns;
  const unseen = useMemo(
    () =>
      board.tiles.filter((tile, index) => (index < firstShown || index >= shown) && !board.seen.has(tile.image)).length,
    [board, firstShown, shown],
  );
  const screenful = width === 0 ? 0 : Math.ceil((virtual.scrollRect?.height ?? 0) / rowHeight) * columns;
  useAhead(board.tiles, shown, shown + SCREENS_AHEAD * screenful);
  const toUnseen = () =>
    scroller.current?.scrollTo({
      top: Math.floor(firstUnseen / columns) * rowHeight,
      behavior: CALM.matches ? "auto" : "smooth",
    });

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => setWidth(element.clientWidth - 2 * GAP);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    virtual.measure();
  }, [virtual, rowHeight, columns]);
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [scene]);

  // The tile may not be drawn yet when it is asked for; the focus follows as soon as it is.
  useEffect(() => {
    const page = `${scene} ${board.tiles.length.toString()}`;
    // The tile that had the focus may have gone with its page, and the focus with it.
    if (page !== focused.current && document.activeElement === document.body) wanted.current ??= cursor;
    focused.current = page;
    if (wanted.current === null) return;
    const tile = scroller.current?.querySelector<HTMLElement>(
      `[role=gridcell][data-index="${wanted.current.toString()}"]`,
    );
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
        scroller.current
          ?.querySelector<HTMLElement>(`[role=gridcell][data-index="${index.toString()}"]`)
          ?.focus({ preventScroll: true });
      },
      pointed: () => (mouse.current ? tileAt(mouse.current.x, mouse.current.y) : null),
    }),
    [columns, rowHeight, virtual],
  );

  return (
    <>
      <div
        ref={scroller}
        className="tiles"
        data-testid="tiles"
        onMouseMove={(event) => (mouse.current = { x: event.clientX, y: event.clientY })}
        onMouseLeave={() => (mouse.current = null)}
        {...pointer}
      >
        <div
          role="grid"
          aria-label={label}
          aria-rowcount={rows}
          aria-colcount={columns}
          aria-multiselectable="true"
          className="tiles-all"
          style={{ height: virtual.getTotalSize() }}
        >
          {virtual.getVirtualItems().map((row) => (
            <div
              key={row.key}
              role="row"
              aria-rowindex={row.index + 1}
              className="tiles-row"
              style={{
                transform: `translateY(${row.start.toString()}px)`,
                height: rowHeight - GAP,
                gridTemplateColumns: `repeat(${columns.toString()}, minmax(0, 1fr))`,
                gap: GAP,
              }}
            >
              {board.tiles.slice(row.index * columns, (row.index + 1) * columns).map((tile, column) => {
                const index = row.index * columns + column;
                return (
                  <Tile
                    key={tile.image}
                    tile={tile}
                    index={index}
                    columns={columns}
                    decision={decisionAt(board, index)}
                    isOwn={board.own.has(tile.image)}
                    isKept={isKept(board, index)}
                    isCursor={index === cursor}
                    isSelected={selected.has(index)}
                    cut={cutSide(index, board.cut)}
                    heat={heatOf?.(tile.image) ?? null}
                  />
                );
              })}
            </div>
          ))}
        </div>
      </div>
      {unseen > 0 && board.seen.size > 0 && (
        <button type="button" className="tiles-below" tabIndex={-1} onClick={toUnseen}>
          {number(unseen)} not seen yet {firstUnseen >= firstShown && <kbd aria-hidden="true">Page ↓</kbd>}
        </button>
      )}
    </>
  );
}

/** The line stands after the last tile that is present; before the very first when none is. */
function cutSide(index: number, cut: number): "before" | "after" | null {
  if (index === cut - 1) return "after";
  return cut === 0 && index === 0 ? "before" : null;
}
