/** What has been heard of the label's marks since the page was read, by image; also while another screen was open. */
import { useState } from "react";

import type { LabelPage, Value } from "../../api/types";
import { useLiveEvent } from "../../live/useLive";
import type { TileData } from "./page";

interface News {
  value: Value;
  version: number;
}

export type Heard = ReadonlyMap<number, News>;

/** `known` gives what the cache holds of the page when the screen opens. */
export function useHeard(label: number, known: () => LabelPage | undefined): Heard {
  const [heard, setHeard] = useState<Heard>(() => told(known()));
  useLiveEvent("mark", ({ cells }) => {
    const own = cells.filter(([, of]) => of === label);
    if (own.length)
      setHeard(
        (before) =>
          new Map([...before, ...own.map(([image, , value, version]) => [image, { value, version }] as const)]),
      );
  });
  return heard;
}

/** The tile with what was heard of it, if that is newer. */
export function withNews(tile: TileData, heard: Heard): TileData {
  const news = heard.get(tile.image);
  return news && news.version > tile.version ? { ...tile, ...news } : tile;
}

function told(data: LabelPage | undefined): Heard {
  return new Map(data?.tiles.map(({ image, value, version }) => [image, { value, version }]));
}
