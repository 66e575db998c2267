/** The trail of this tab: kept over a reload, and in step with the browser's Back and Forward. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { RefObject } from "react";
import { useLocation, useNavigate, useNavigationType } from "react-router";

import { moveTo, openOf, restored, show, stored } from "./trail";
import type { Trail } from "./trail";

/** "instead": what changes takes the place of the present entry, as it does for one who only waited there. */
type How = "entry" | "instead";

export interface TrailHistory {
  trail: Trail;
  change: (make: (before: Trail) => Trail, how?: How) => void;
  /** The trail as it is now, also between two paints. */
  latest: RefObject<Trail>;
}

export function useTrailHistory(project: number): TrailHistory {
  const navigate = useNavigate();
  const location = useLocation();
  const type = useNavigationType();
  const key = `tern.trail.${project.toString()}`;
  const [trail, setTrail] = useState<Trail>(() =>
    restored(sessionStorage.getItem(key), imageOf(location.search), placeOf(location.state)),
  );
  const latest = useRef(trail);

  const take = useCallback(
    (after: Trail) => {
      latest.current = after;
      setTrail(after);
      sessionStorage.setItem(key, stored(after));
    },
    [key],
  );

  const change = useCallback(
    (make: (before: Trail) => Trail, how: How = "entry") => {
      const before = latest.current;
      const after = make(before);
      if (after === before) return;
      take(after);
      const image = openOf(after);
      if (image === openOf(before) && after.at === before.at) return;
      const replace = how === "instead" || openOf(before) === null;
      void navigate(
        { search: image === null ? "" : `?image=${image.toString()}` },
        { replace, state: { at: after.at } },
      );
    },
    [navigate, take],
  );

  useEffect(() => {
    const at = placeOf(location.state);
    // Our own steps have been taken already; those of the browser, and links from elsewhere, are taken here.
    if (type !== "POP" && at !== undefined) return;
    const before = latest.current;
    const image = imageOf(location.search);
    const isHere = image === openOf(before) && (at === undefined || at === before.at);
    if (!isHere && (image !== null || at !== undefined))
      take(image === null ? moveTo(before, at ?? before.at) : show(before, image, at));
  }, [location, type, take]);

  // The address names the image that is open, also when it came from what was kept.
  const named = useRef(false);
  useEffect(() => {
    const image = openOf(latest.current);
    if (named.current || image === null) return;
    named.current = true;
    if (imageOf(location.search) !== image)
      void navigate({ search: `?image=${image.toString()}` }, { replace: true, state: { at: latest.current.at } });
  }, [location.search, navigate]);

  return { trail, change, latest };
}

function imageOf(search: string): number | null {
  return Number(new URLSearchParams(search).get("image")) || null;
}

function placeOf(state: unknown): number | undefined {
  const at = (state as { at?: unknown } | null)?.at;
  return typeof at === "number" ? at : undefined;
}
