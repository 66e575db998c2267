/**
 * Which image is open, which came before and which come next. The next ones are fetched (and leased) and decoded ahead;
 * those left behind are given back. The trail survives a reload of the tab, and every step of it is an entry of the
 * browser's history. `show(id)` jumps to an image, as undo does.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";

import { imageRead } from "../../api/cache";
import { LIMITS } from "../../api/limits";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { ImageDetail, Next } from "../../api/types";
import { useLiveEvent } from "../../live/useLive";
import { overlayCells, overlayChecked } from "../../sync/entry";
import type { Entry } from "../../sync/entry";
import { useOutbox } from "../../sync/OutboxProvider";
import { prefetch } from "./pictures";
import { extend, forward, moveTo, NOTHING, openOf, show, without } from "./trail";
import type { Trail } from "./trail";
import { useTrailHistory } from "./useTrailHistory";
import type { TrailHistory } from "./useTrailHistory";

const ASK_AGAIN_MS = { failed: 5_000, empty: 10_000 };

export interface Queue {
  /** The open image; null while the first is on its way, and behind the last. */
  image: number | null;
  /** One image on, or behind the last; false when the network stands between. */
  next: () => boolean;
  previous: () => void;
  show: (image: number) => void;
  hasPrevious: boolean;
  /** The images that stand ready, nearest first. */
  ahead: readonly number[];
  /** Behind the last image: why nothing follows; null where one waits. */
  ended: string | null;
  error: Error | null;
  retry: () => void;
}

export function useQueue(project: number): Queue {
  const queries = useQueryClient();
  const { entries } = useOutbox();
  const history = useTrailHistory(project);
  const { trail, change, latest } = history;
  const waiting = useRef(entries);
  useEffect(() => {
    waiting.current = entries;
  });

  const more = useMore(project, history, entries);
  const { refetch, data: found } = more;
  const isNothing = found !== undefined && found.images.length === 0 && trail.ahead.length === 0;
  const nothing = isNothing ? (found.reason ?? NOTHING) : null;
  const askAgain = () => {
    if (nothing !== null) void refetch();
  };
  useLiveEvent("images", askAgain);
  useLiveEvent("labels", askAgain);

  const { error } = more;
  const next = useCallback((): boolean => {
    const now = latest.current;
    const done = now.ahead.filter((id) => isDone(queries.getQueryData(keys.image(project, id)), waiting.current));
    const ready = without(now, done);
    if (error && ready.ahead.length === 0 && now.at + 1 >= now.seen.length) return false;
    change(() => forward(ready, nothing));
    return true;
  }, [change, latest, nothing, error, project, queries]);

  return {
    image: openOf(trail),
    next,
    previous: useCallback(() => change((before) => moveTo(before, before.at - 1)), [change]),
    show: useCallback((image: number) => change((before) => show(before, image)), [change]),
    hasPrevious: trail.at > 0,
    ahead: [...trail.seen.slice(trail.at + 1), ...trail.ahead].slice(0, LIMITS.imagesAhead),
    ended: trail.ended,
    error,
    retry: () => void refetch(),
  };
}

/** Asks for the images that come next, whenever fewer than that stand ready. */
function useMore(project: number, { trail, change, latest }: TrailHistory, entries: readonly Entry[]) {
  const queries = useQueryClient();
  const unsent = entries.filter((entry) => entry.state === "waiting").flatMap((entry) => imagesOf(entry));
  const open = openOf(trail);
  const exclude = [...new Set([...(open === null ? [] : [open]), ...trail.ahead, ...unsent])].slice(
    0,
    LIMITS.imagesExcluded,
  );
  const ask = async () => {
    const left = latest.current.left.slice(0, LIMITS.imagesExcluded);
    const query = {
      count: LIMITS.imagesAhead,
      exclude: exclude.join(",") || undefined,
      after: left.join(",") || undefined,
    };
    const found = await unwrap(api.GET("/api/projects/{project}/next/", { params: { path: { project }, query } }));
    for (const detail of found.images) {
      imageRead(queries, project, detail);
      prefetch(detail.preview);
    }
    const told = (before: Trail) => ({ ...before, left: before.left.filter((id) => !left.includes(id)) });
    change((before) => extend(told(before), found), "instead");
    return found;
  };
  return useQuery<Next>({
    queryKey: [...keys.project(project), "next", exclude.join(",")],
    queryFn: ask,
    enabled: trail.ahead.length < LIMITS.imagesAhead - 1,
    staleTime: ASK_AGAIN_MS.empty,
    gcTime: 0,
    // Offline: keep asking, so that the work goes on when the network is back. At the end: what is new is found.
    refetchInterval: (query) =>
      query.state.status === "error"
        ? ASK_AGAIN_MS.failed
        : query.state.data?.images.length === 0
          ? ASK_AGAIN_MS.empty
          : false,
  });
}

function imagesOf(entry: Entry): number[] {
  return [
    ...new Set([...entry.effects.map((effect) => effect.image), ...(entry.checked ? [entry.checked.image] : [])]),
  ];
}

/** Whether nothing is left to ask of this image, with what waits in the outbox laid over. */
function isDone(detail: ImageDetail | undefined, entries: readonly Entry[]): boolean {
  if (!detail) return false;
  const cells = overlayCells(detail.cells, detail.id, entries);
  return (
    overlayChecked(detail.checked, detail.id, entries) || cells.every((cell) => cell.value !== 0 || cell.cant_tell)
  );
}
