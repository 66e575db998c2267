/**
 * Keeps an act that is about a whole page or picture from falling on one that nobody can have looked at: it is let
 * through once what is shown has been painted and has stood there for a moment, and is answered with a note before.
 *
 *     const settled = useSettled(detail.id, frame, "picture");
 *     settled.commit(() => write(...));      // or: "That came too early ..."
 *
 * `scene` names what is shown and changes with it; `place` holds its pictures. One picture that could not be read counts
 * as painted among others, and not when it is the only one.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { RefObject } from "react";

import { useAnnounce } from "../ui/announce";

/** Longer than a finger that bounces or presses twice, shorter than any look. */
export const MOMENT_MS = 300;

type Scene = number | string;

export interface Settled {
  /** For `data-settled`. */
  isSettled: boolean;
  /** Runs the act, or says why not yet; whether it ran. */
  commit: (act: () => void) => boolean;
}

export function useSettled(
  scene: Scene | null,
  place: RefObject<HTMLElement | null>,
  what: string,
  moment = MOMENT_MS,
): Settled {
  const announce = useAnnounce();
  const [settled, setSettled] = useState<Scene | null>(null);
  const painted = useRef(false);
  const isSettled = scene !== null && settled === scene;

  useEffect(() => {
    painted.current = false;
    if (scene === null) return;
    let since: number | null = null;
    const look = (now: number) => {
      painted.current ||= place.current !== null && isPainted(place.current);
      if (painted.current) since ??= now;
      if (since !== null && now - since >= moment) setSettled(scene);
      else frame = requestAnimationFrame(look);
    };
    let frame = requestAnimationFrame(look);
    return () => {
      cancelAnimationFrame(frame);
      setSettled(null);
    };
  }, [scene, place, moment]);

  const commit = useCallback(
    (act: () => void) => {
      if (isSettled) act();
      else
        announce(
          painted.current
            ? `That came too early: this ${what} had only just come. Look at it, then press again.`
            : `This ${what} is not on the screen yet. Nothing was written.`,
          { show: true },
        );
      return isSettled;
    },
    [isSettled, announce, what],
  );
  return useMemo(() => ({ isSettled, commit }), [isSettled, commit]);
}

/** Whether the pictures that are in sight have arrived. */
function isPainted(place: HTMLElement): boolean {
  const frame = place.getBoundingClientRect();
  const inSight = [...place.querySelectorAll<HTMLImageElement>("img:not(.tile-heat, .stage-heat)")].filter(
    (picture) => {
      const box = picture.getBoundingClientRect();
      return box.bottom > frame.top && box.top < frame.bottom;
    },
  );
  return inSight.some((picture) => picture.naturalWidth > 0) && inSight.every((picture) => picture.complete);
}
