/** One row of the grid of tiles, placed where it would be among all. */
import { decisionAt, isKept } from "./page";
import { Tile } from "./Tile";
import type { PageState } from "./usePageState";
import { GAP } from "./useTileRows";

interface Props {
  index: number;
  start: number;
  height: number;
  columns: number;
  state: PageState;
  heatOf: ((image: number) => string) | null;
}

export function TileRow({ index: row, start, height, columns, state, heatOf }: Props) {
  const { board, cursor, selected } = state;
  return (
    <div
      role="row"
      aria-rowindex={row + 1}
      className="tiles-row"
      style={{
        transform: `translateY(${start.toString()}px)`,
        height,
        gridTemplateColumns: `repeat(${columns.toString()}, minmax(0, 1fr))`,
        gap: GAP,
      }}
    >
      {board.tiles.slice(row * columns, (row + 1) * columns).map((tile, column) => {
        const index = row * columns + column;
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
  );
}

/** The line stands after the last tile that is present; before the very first when none is. */
function cutSide(index: number, cut: number): "before" | "after" | null {
  if (index === cut - 1) return "after";
  return cut === 0 && index === 0 ? "before" : null;
}
