/**
 * Which image is open, which came before and which come next. The next ones are fetched (and leased) and decoded ahead;
 * the trail survives a reload of the tab. `show(id)` jumps to an image, as undo does.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { useSearchParams } from "react-router";

import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { ImageDetail, Next } from "../../api/types";
import { prefetch } from "./pictures";

const AHEAD = 3;
/** Images seen lately are not offered again, whatever the queue thinks of them. */
const REMEMBERED = 60;

interface Trail {
  seen: readonly number[];
  at: number;
  ahead: readonly number[];
}

export interface Queue {
  /** The open image; null while the first is on its way, or when there is none. */
  image: number | null;
  next: () => boolean;
  previous: () => boolean;
  show: (image: number) => void;
  hasPrevious: boolean;
  /** The images that stand ready, nearest first. */
  ahead: readonly number[];
  /** Why there is no next image, in the server's words. */
  reason: string | null;
  error: Error | null;
  retry: () => void;
}

function stored(key: string, asked: number | null): Trail {
  const empty: Trail = asked === null ? { seen: [], at: -1, ahead: [] } : { seen: [asked], at: 0, ahead: [] };
  try {
    const old = JSON.parse(sessionStorage.getItem(key) ?? "null") as Trail | null;
    if (!old || old.seen.length === 0) return empty;
    if (asked === null) return { ...old, ahead: [] };
    const at = old.seen.indexOf(asked);
    return at < 0 ? empty : { seen: old.seen, at, ahead: [] };
  } catch {
    return empty;
  }
}

export function useQueue(project: number): Queue {
  const queries = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const key = `tern.trail.${project.toString()}`;
  const [trail, setTrail] = useState<Trail>(() => stored(key, Number(search.get("image")) || null));

  const open = trail.seen[trail.at] ?? null;
  const wanting = trail.ahead.length < AHEAD - 1 || open === null;
  const exclude = [...trail.seen.slice(-REMEMBERED), ...trail.ahead];
  const take = useCallback(
    (found: Next) => {
      for (const detail of found.images) {
        queries.setQueryData<ImageDetail>(keys.image(project, detail.id), (known) => known ?? detail);
        prefetch(detail.preview);
      }
      setTrail((before) => extend(before, found));
    },
    [project, queries],
  );

  const more = useQuery<Next>({
    queryKey: ["project", project, "next", exclude.join(",")],
    queryFn: async () => {
      // The server puts an image that was left undecided behind the others.
      const query = { count: AHEAD, exclude: exclude.join(",") || undefined, after: trail.seen[trail.at - 1] };
      const found = await unwrap(api.GET("/api/projects/{project}/next/", { params: { path: { project }, query } }));
      take(found);
      return found;
    },
    enabled: wanting,
    staleTime: 10_000,
    gcTime: 0,
    // Offline: keep asking, so that the work goes on when the network is back.
    refetchInterval: (query) => (query.state.status === "error" || query.state.data?.images.length === 0 ? 5_000 : false),
  });

  const found = more.data;

  useEffect(() => {
    sessionStorage.setItem(key, JSON.stringify({ ...trail, seen: trail.seen.slice(-500), at: trail.at - Math.max(0, trail.seen.length - 500) }));
    if (open !== null) setSearch({ image: open.toString() }, { replace: true });
  }, [trail, key, open, setSearch]);

  const next = useCallback((): boolean => {
    if (trail.at + 1 >= trail.seen.length && trail.ahead.length === 0) return false;
    setTrail(forward);
    return true;
  }, [trail]);

  const previous = useCallback((): boolean => {
    if (trail.at <= 0) return false;
    setTrail((before) => ({ ...before, at: Math.max(0, before.at - 1) }));
    return true;
  }, [trail]);

  const show = useCallback((image: number) => {
    setTrail((before) => {
      const at = before.seen.lastIndexOf(image);
      if (at >= 0) return { ...before, at };
      const seen = [...before.seen.slice(0, before.at + 1), image, ...before.seen.slice(before.at + 1)];
      return { seen, at: before.at + 1, ahead: before.ahead.filter((id) => id !== image) };
    });
  }, []);

  return {
    image: open,
    next,
    previous,
    show,
    hasPrevious: trail.at > 0,
    ahead: [...trail.seen.slice(trail.at + 1), ...trail.ahead].slice(0, AHEAD),
    reason: found && found.images.length === 0 && trail.ahead.length === 0 ? (found.reason ?? "Every image has been looked at.") : null,
    error: more.error,
    retry: () => void more.refetch(),
  };
}

/** The trail with the images just found behind it; the first of all opens. */
function extend(before: Trail, found: Next): Trail {
  const known = new Set([...before.seen, ...before.ahead]);
  const fresh = found.images.map((detail) => detail.id).filter((id) => !known.has(id));
  if (fresh.length === 0) return before;
  const ahead = [...before.ahead, ...fresh];
  return before.at < 0 ? { seen: ahead.slice(0, 1), at: 0, ahead: ahead.slice(1) } : { ...before, ahead };
}

function forward(before: Trail): Trail {
  if (before.at + 1 < before.seen.length) return { ...before, at: before.at + 1 };
  const [image, ...ahead] = before.ahead;
  return image === undefined ? before : { seen: [...before.seen, image], at: before.at + 1, ahead };
}
