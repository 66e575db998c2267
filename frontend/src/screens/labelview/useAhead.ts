/** Fetches the pictures of the tiles that come next before they are scrolled to; what is on screen goes first. */
import { useEffect } from "react";

import type { TileData } from "./page";

/** Held only until they have come; afterwards the browser's cache has them. */
const coming = new Set<HTMLImageElement>();
const asked = new Set<string>();

function fetchEarly(url: string): void {
  if (asked.has(url)) return;
  asked.add(url);
  const picture = new Image();
  const leave = () => coming.delete(picture);
  picture.addEventListener("load", leave);
  // The tile's own <img> tries again.
  picture.addEventListener("error", leave);
  coming.add(picture);
  picture.fetchPriority = "low";
  picture.src = url;
}

export function useAhead(tiles: readonly TileData[], from: number, to: number): void {
  useEffect(() => {
    for (const tile of tiles.slice(from, to)) fetchEarly(tile.thumbnail);
  }, [tiles, from, to]);
}
