/** One thumbnail: what it will be written as, how sure the model is, and whether it is an exception, marked or selected. */
import { memo } from "react";

import type { Value } from "../../api/types";
import { Icon } from "../../ui/Icon";
import { percent, STATE_WORDS, StateGlyph, stateOfValue } from "../../ui/State";
import { HeatMap } from "./HeatMap";
import type { TileData } from "./page";

interface Props {
  tile: TileData;
  index: number;
  columns: number;
  decision: Value;
  isOwn: boolean;
  isKept: boolean;
  isCursor: boolean;
  isSelected: boolean;
  cut: "before" | "after" | null;
  heat: string | null;
}

export const Tile = memo(function Tile({
  tile,
  index,
  columns,
  decision,
  isOwn,
  isKept,
  isCursor,
  isSelected,
  cut,
  heat,
}: Props) {
  const marked = tile.value !== 0;
  const state = stateOfValue(decision);
  return (
    <div
      role="gridcell"
      className="tile"
      data-index={index}
      data-image={tile.image}
      data-state={state}
      data-marked={marked || undefined}
      data-own={isOwn || undefined}
      data-selected={isSelected || undefined}
      aria-selected={isSelected}
      aria-colindex={(index % columns) + 1}
      aria-label={nameOf(tile, decision, isOwn, isKept, index)}
      tabIndex={isCursor ? 0 : -1}
    >
      <img className="tile-picture" src={tile.thumbnail} alt="" draggable={false} decoding="async" />
      {heat && <HeatMap url={heat} />}
      <span className="tile-state" aria-hidden="true">
        <StateGlyph state={state} size={22} />
      </span>
      {tile.score !== null && (
        <span className="tile-score" aria-hidden="true">
          {percent(tile.score)}
        </span>
      )}
      {isKept && (
        <span className="tile-kept" aria-hidden="true">
          <Icon name="pin" size={15} />
        </span>
      )}
      {marked && decision === tile.value && <span className="tile-note">marked</span>}
      {marked && decision !== tile.value && <span className="tile-note tile-note-change">overwrite</span>}
      <span className="tile-look" data-look={index} aria-hidden="true" />
      <span className="tile-gap" data-gap={index} aria-hidden="true" />
      {cut && (
        <span className={`cut cut-${cut}`} data-cut aria-hidden="true">
          <span className="cut-grip" />
        </span>
      )}
    </div>
  );
});

function nameOf(tile: TileData, decision: Value, isOwn: boolean, isKept: boolean, index: number): string {
  const said = STATE_WORDS[stateOfValue(decision)];
  const place = `Tile ${(index + 1).toString()}`;
  const sure = tile.score === null ? "no suggestion" : `suggested ${percent(tile.score)} present`;
  if (tile.value !== 0 && decision !== tile.value)
    return `${place}: marked ${STATE_WORDS[stateOfValue(tile.value as Value)]}, to be overwritten: ${said}`;
  if (tile.value !== 0) return `${place}: already marked ${said}`;
  if (decision === 0) return `${place}: stays unknown, ${sure}`;
  return `${place}: will be ${said}${isKept ? ", kept" : isOwn ? ", your exception" : ""}, ${sure}`;
}
