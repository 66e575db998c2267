/**
 * Which tiles were on screen: most of the tile inside the grid, with its picture there. A page is written as far as it was
 * looked at, however the grid got there: by scrolling, by key or by a jump that leaves tiles out.
 */
import { useEffect, useRef } from "react";
import type { RefObject } from "react";

/** A tile that is cut off by more than the rest of this has not been looked at. */
const LEAST_SHARE = 0.6;

function hasPicture(tile: Element): boolean {
  return tile.querySelector<HTMLImageElement>("img.tile-picture")?.complete ?? false;
}

export function useSeen(
  scroller: RefObject<HTMLElement | null>,
  scene: string,
  onSeen: (images: number[]) => void,
): void {
  const latest = useRef(onSeen);
  const visible = useRef(new Set<Element>());
  const observer = useRef<IntersectionObserver | null>(null);
  const look = useRef(() => {
    const images = [...visible.current]
      .filter(hasPicture)
      .map((tile) => Number((tile as HTMLElement).dataset["image"]));
    if (images.length > 0) latest.current(images);
  });
  useEffect(() => {
    latest.current = onSeen;
  });

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const tiles = visible.current;
    const hear = look.current;
    const watching = new IntersectionObserver(
      (changes) => {
        for (const { target, intersectionRatio } of changes) {
          if (intersectionRatio >= LEAST_SHARE) tiles.add(target);
          else tiles.delete(target);
          if (!target.isConnected) watching.unobserve(target);
        }
        hear();
      },
      { root: element, threshold: LEAST_SHARE },
    );
    observer.current = watching;
    // Pictures come later than their tiles; these events do not bubble.
    element.addEventListener("load", hear, true);
    element.addEventListener("error", hear, true);
    return () => {
      watching.disconnect();
      tiles.clear();
      element.removeEventListener("load", hear, true);
      element.removeEventListener("error", hear, true);
    };
  }, [scroller]);

  // Tiles come and go as the grid scrolls; one that is watched already is not watched twice.
  useEffect(() => {
    scroller.current?.querySelectorAll("[role=gridcell]").forEach((tile) => observer.current?.observe(tile));
  });
  // A tile that stays on screen when the page changes is on screen for the new page too.
  useEffect(() => look.current(), [scene]);
}
