/** How the page is made up and looked at: which cells, which order, how many, how large; heat maps; ranges by tapping. */
import type { ReactNode } from "react";

import type { Hint } from "../../keys/useKeys";
import { Button } from "../../ui/Button";
import { Segments, Select } from "../../ui/Choice";
import { number } from "../../ui/numbers";
import type { PageOrder } from "./page";
import { SHOWN, SHOWN_WORDS } from "./shown";
import type { Shown } from "./shown";
import { LARGEST_TILE, SIZES, SMALLEST_TILE, SUGGESTED } from "./useTileLook";
import type { TileLook } from "./useTileLook";

interface Props {
  look: TileLook;
  shown: Shown;
  /** Tiles on the page that is suggested, null before it is known. */
  suggested: number | null;
  onShown: (shown: Shown) => void;
  hint: Hint;
  /** What stands at the end. */
  children?: ReactNode;
}

export function Toolbar({ look, shown, suggested, onShown, hint, children }: Props) {
  return (
    <div className="label-tools" role="group" aria-label="Page">
      <Segments<PageOrder>
        label="Order"
        value={look.order}
        options={[
          { value: "score", text: "Likeliest" },
          { value: "uncertainty", text: "Most uncertain" },
        ]}
        onChange={look.setOrder}
      />
      <Select<Shown>
        label="Show"
        hideLabel
        kind="quiet"
        value={shown}
        options={SHOWN.map((value) => ({
          value,
          text: value === "unknown" ? "Unknown pictures" : `Those ${SHOWN_WORDS[value]}`,
        }))}
        onChange={onShown}
      />
      <Select
        label="Tiles on a page"
        hideLabel
        kind="quiet"
        value={look.perPage.toString()}
        options={SIZES.map((value) => ({
          value: value.toString(),
          text: value === SUGGESTED ? suggestedText(suggested) : `${number(value)} a page`,
        }))}
        onChange={(value) => look.setPerPage(Number(value))}
      />
      <TileSize look={look} />
      <span className="label-tools-end">
        {children}
        <Button
          kind="quiet"
          icon="heat"
          label="Heat maps: where the model looks"
          keyHint={hint("tile-heat")}
          pressed={look.heat}
          onPress={look.toggleHeat}
        />
        <Button
          kind="quiet"
          icon="select"
          label="Select a range by tapping its ends"
          pressed={look.reaching}
          onPress={look.toggleReaching}
        />
      </span>
    </div>
  );
}

function TileSize({ look }: { look: TileLook }) {
  return (
    <label className="tile-size">
      <span className="hidden-text">Tile size</span>
      <input
        type="range"
        min={SMALLEST_TILE}
        max={LARGEST_TILE}
        step={4}
        value={look.size}
        onChange={(event) => look.setSize(Number(event.target.value))}
      />
    </label>
  );
}

function suggestedText(size: number | null): string {
  return size === null || size === 0 ? "Suggested number" : `${number(size)}, as suggested`;
}
