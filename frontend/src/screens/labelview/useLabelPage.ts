/**
 * The page of tiles on screen. More tiles than fit stand ready, so that committing shows the next page in the next frame;
 * a page once shown does not move by itself: new suggestions wait for `renew()`, or for the next page.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";

import { LIMITS } from "../../api/limits";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys, useChangedPictures } from "../../api/queries";
import type { LabelPage, Value } from "../../api/types";
import { useLiveEvent } from "../../live/useLive";
import { useKept } from "../../prefs/useKept";
import { cutWithin, nextPage } from "./page";
import type { PageOrder, TileData } from "./page";
import { readShown } from "./shown";
import type { Shown } from "./shown";

/** So many pages stand ready. */
const READY = 3;

/** The page one leaves for a picture is kept under this name while something has been said on it. */
export const KEPT_TILES = "label page: tiles";

/**
 * What stands ready. `news`: how many changes of pictures had been heard of when it was read; later ones are not in it.
 * `arrived`: the number of the last commit that the server had by then; what later ones said is not in it either.
 */
type Ready = LabelPage & { news: number; arrived: number };

type Taken = ReadonlyMap<number, number>;

/** Counted for the whole tab: what stands ready outlives the screen that read it. */
let commits = 0;

interface Held {
  key: string;
  news: number;
  tiles: readonly TileData[];
  cut: number;
  number: number;
}

interface Heard {
  value: Value;
  version: number;
}

export interface Asked {
  project: number;
  label: number;
  order: PageOrder;
  /** Tiles on a page; 0 = what the server suggests. */
  size: number;
  shown: Shown;
}

export function useLabelPage({ project, label, order, size, shown }: Asked) {
  const key = `${label.toString()}:${order}:${size.toString()}:${shown}`;
  // Kept: one opens a picture from the page, comes back, and finds it as it was.
  const [page, setPage] = useKept<Held | null>(KEPT_TILES, null);
  /** Image -> the number of the commit that answered it: what was read before that commit arrived has it as unknown. */
  const [taken, setTaken] = useState<Taken>(new Map());
  const arrived = useRef(0);
  const [hungry, setHungry] = useState(false);
  const queries = useQueryClient();
  const changed = useChangedPictures(project);
  const queryKey = [...keys.labelPage(project, label), order, size, shown];
  const [heard, setHeard] = useState<ReadonlyMap<number, Heard>>(() => told(queries.getQueryData<LabelPage>(queryKey)));
  const query = useQuery<Ready>({
    queryKey,
    queryFn: async () => {
      const then = {
        news: queries.getQueryData<readonly number[]>(keys.changedPictures(project))?.length ?? 0,
        arrived: arrived.current,
      };
      const page = await (shown === "unknown"
        ? readPage(project, label, order, Math.min((size || LIMITS.mostTilesSuggested) * READY, LIMITS.actCells))
        : readShown(project, label, shown, size || LIMITS.mostTilesSuggested));
      return { ...page, ...then };
    },
    staleTime: Infinity,
    refetchOnMount: "always",
  });

  const make = useCallback(
    (data: Ready, taken: Taken, number: number): Held => {
      const there = stillThere(data.tiles, changed, data.news);
      const tiles =
        shown === "unknown"
          ? nextPage(
              there.filter((tile) => tile.value === 0),
              order,
              size || data.suggested,
              takenAfter(taken, data.arrived),
            )
          : there;
      return { key, news: changed.length, tiles, cut: cutWithin(tiles, data.tiles, data.cut), number };
    },
    [key, order, size, shown, changed],
  );

  // A page is made when there is none for this label and order; afterwards only on request.
  if (page !== null && page.key !== key) {
    setPage(null);
    setHungry(false);
  }
  if (page === null && query.data && !query.isFetching && !hungry) setPage(make(query.data, taken, 1));

  useLiveEvent("mark", ({ cells }) => {
    const own = cells.filter(([, of]) => of === label);
    if (own.length)
      setHeard(
        (before) =>
          new Map([...before, ...own.map(([image, , value, version]) => [image, { value, version }] as const)]),
      );
  });

  /** Go on with the tiles that stand ready, without those just answered. */
  const advance = useCallback(
    (answered: Iterable<number>) => {
      commits += 1;
      const number = commits;
      const all = new Map([...taken, ...[...answered].map((image) => [image, number] as const)]);
      setTaken(all);
      if (!query.data) return;
      const next = make(query.data, all, (page?.number ?? 0) + 1);
      setPage(next.tiles.length > 0 ? next : null);
      setHungry(next.tiles.length === 0);
    },
    [taken, query.data, make, page, setPage],
  );

  const { refetch } = query;
  /** Read again, and show what comes as a new page. */
  const renew = useCallback(async () => {
    await refetch();
    setHungry(false);
    setPage(null);
  }, [refetch, setPage]);

  /** The server has every commit now: what is read from here on has them. */
  const arrive = useCallback(() => {
    arrived.current = commits;
  }, []);

  /** Leave the page; another is made when the server has what waits to be sent. */
  const retake = useCallback(() => {
    setTaken(new Map());
    setHungry(true);
    setPage(null);
  }, [setPage]);

  const shownPage = page?.key === key ? page : null;
  const tiles = useMemo(
    () =>
      shownPage
        ? stillThere(shownPage.tiles, changed, shownPage.news).map((tile) => {
            const news = heard.get(tile.image);
            return news && news.version > tile.version ? { ...tile, ...news } : tile;
          })
        : null,
    [shownPage, heard, changed],
  );
  // All of it has gone: another is made of what is read now.
  if (tiles?.length === 0 && shownPage !== null && shownPage.tiles.length > 0) setPage(null);
  useLiveEvent("images", ({ changed: some }) => some.length > 0 && void refetch());
  return {
    query,
    hungry,
    standing: query.data,
    tiles,
    cut: shownPage?.cut ?? 0,
    key: shownPage ? `${key}:${shownPage.number.toString()}` : key,
    number: shownPage?.number ?? 0,
    advance,
    renew,
    /** Fill up what stands ready, the page on screen staying as it is; call it once nothing waits to be sent. */
    refill: refetch,
    arrive,
    retake,
  };
}

/** The images that were answered by a later commit than this one. */
function takenAfter(taken: Taken, commit: number): ReadonlySet<number> {
  return new Set([...taken].filter(([, by]) => by > commit).map(([image]) => image));
}

/** Without the pictures that were deleted or set aside since: whatever has changed of one that was here, it may have gone. */
function stillThere(tiles: readonly TileData[], changed: readonly number[], news: number): readonly TileData[] {
  if (changed.length <= news) return tiles;
  const gone = new Set(changed.slice(news));
  return tiles.filter((tile) => !gone.has(tile.image));
}

/** What the cache has heard of the tiles, also while another screen was open. */
function told(data: LabelPage | undefined): ReadonlyMap<number, Heard> {
  return new Map(data?.tiles.map(({ image, value, version }) => [image, { value, version }]));
}

/** The unknown tiles of a label, as the server picks them. */
function readPage(project: number, label: number, order: PageOrder, limit: number): Promise<LabelPage> {
  return unwrap(
    api.GET("/api/projects/{project}/labelview/{label}/", {
      params: { path: { project, label }, query: { order, limit, exclude_marked: true } },
    }),
  );
}
