/** Focus that has lost its place (what had it is gone) goes to the given element, where reading on makes sense. */
import { useEffect, useRef } from "react";
import type { RefObject } from "react";

export function useFocusKept<T extends HTMLElement>(...scene: readonly unknown[]): RefObject<T | null> {
  const place = useRef<T>(null);
  const key = scene.map(String).join(" ");
  useEffect(() => {
    const { activeElement } = document;
    if (activeElement === null || activeElement === document.body) place.current?.focus({ preventScroll: true });
  }, [key]);
  return place;
}
