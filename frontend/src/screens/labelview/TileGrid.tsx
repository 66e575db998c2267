/**
 * The virtual grid of tiles. One roving tab stop; pointer acts are heard on the grid as a whole:
 * click = flip, Alt-click = keep as shown, Shift-click or drag = select, press and hold = enlarge, drag the line or click a gap = move the cut.
 */
import { useEffect, useRef } from "react";
import type { Ref } from "react";

import { TileRow } from "./TileRow";
import { Unseen } from "./Unseen";
import { useAhead } from "./useAhead";
import type { PageState } from "./usePageState";
import { useSeen } from "./useSeen";
import { useTileFocus } from "./useTileFocus";
import type { GridHandle } from "./useTileFocus";
import type { TileLook } from "./useTileLook";
import { useTilePointer } from "./useTilePointer";
import { useTileRows } from "./useTileRows";

interface Props {
  label: string;
  /** Changes when another page is shown: the grid goes back to its top. */
  scene: string;
  state: PageState;
  look: Pick<TileLook, "size" | "reaching">;
  heatOf: ((image: number) => string) | null;
  handle: Ref<GridHandle>;
  onLook: (index: number | null) => void;
}

/** So many screens of pictures are fetched before they are scrolled to. */
const SCREENS_AHEAD = 3;

export function TileGrid({ label, scene, state, look, heatOf, handle, onLook }: Props) {
  const { board } = state;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useTileRows(scroller, board.tiles.length, look.size);
  const pointer = useTilePointer({ ...state, look: onLook, reaching: look.reaching });
  useSeen(scroller, scene, state.see);
  useAhead(board.tiles, rows.shown, rows.shown + SCREENS_AHEAD * rows.screenful);
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [scene]);
  const mouse = useTileFocus(handle, scroller, rows, state, scene);

  return (
    <>
      <div ref={scroller} className="tiles" data-testid="tiles" {...mouse} {...pointer}>
        <div
          role="grid"
          aria-label={label}
          aria-rowcount={rows.count}
          aria-colcount={rows.columns}
          aria-multiselectable="true"
          className="tiles-all"
          style={{ height: rows.virtual.getTotalSize() }}
        >
          {rows.virtual.getVirtualItems().map((row) => (
            <TileRow
              key={row.key}
              index={row.index}
              start={row.start}
              height={rows.tileHeight}
              columns={rows.columns}
              state={state}
              heatOf={heatOf}
            />
          ))}
        </div>
      </div>
      <Unseen scroller={scroller} board={board} rows={rows} />
    </>
  );
}
