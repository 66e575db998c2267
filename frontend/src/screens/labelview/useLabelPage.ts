/**
 * The page of tiles on screen. More tiles than fit stand ready, so that committing shows the next page in the next frame;
 * a page once shown does not move by itself: new suggestions wait for `renew()`, or for the next page.
 */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";

import { keys, useChangedPictures } from "../../api/queries";
import type { LabelPage } from "../../api/types";
import { useLiveEvent } from "../../live/useLive";
import { useKept } from "../../prefs/useKept";
import { cutWithin, nextPage } from "./page";
import type { TileData } from "./page";
import { useHeard, withNews } from "./useHeard";
import type { Heard } from "./useHeard";
import { useReady } from "./useReady";
import type { Asked, Ready } from "./useReady";

/** The page one leaves for a picture is kept under this name while something has been said on it. */
export const KEPT_TILES = "label page: tiles";

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

export function useLabelPage(asked: Asked) {
  const { project, label, order, size, shown } = asked;
  const key = `${label.toString()}:${order}:${size.toString()}:${shown}`;
  const holding = useHolding();
  const { page, setPage, taken, hungry, setHungry } = holding;
  const queries = useQueryClient();
  const changed = useChangedPictures(project);
  const queryKey = [...keys.labelPage(project, label), order, size, shown];
  const heard = useHeard(label, () => queries.getQueryData<LabelPage>(queryKey));
  const query = useReady(asked, queryKey, holding.arrived);

  const make = useCallback(
    (data: Ready, taken: Taken, number: number): Held => ({
      ...held(data, { order, size, shown }, changed, takenAfter(taken, data.arrived)),
      key,
      number,
    }),
    [key, order, size, shown, changed],
  );

  // A page is made when there is none for this label and order; afterwards only on request.
  if (page !== null && page.key !== key) {
    setPage(null);
    setHungry(false);
  }
  if (page === null && query.data && !query.isFetching && !hungry) setPage(make(query.data, taken, 1));

  const ways = useWays(holding, query, make);
  const shownPage = page?.key === key ? page : null;
  const tiles = useTilesNow(shownPage, heard, changed);
  // All of it has gone: another is made of what is read now.
  if (tiles?.length === 0 && shownPage !== null && shownPage.tiles.length > 0) setPage(null);
  useLiveEvent("images", ({ changed: some }) => some.length > 0 && void query.refetch());
  return {
    query,
    hungry,
    standing: query.data,
    tiles,
    cut: shownPage?.cut ?? 0,
    key: shownPage ? `${key}:${shownPage.number.toString()}` : key,
    number: shownPage?.number ?? 0,
    arrive: holding.arrive,
    ...ways,
  };
}

/** Which page is on screen, and what has become of the tiles that stand ready since they were read. */
function useHolding() {
  // Kept: one opens a picture from the page, comes back, and finds it as it was.
  const [page, setPage] = useKept<Held | null>(KEPT_TILES, null);
  /** Image -> the number of the commit that answered it: what was read before that commit arrived has it as unknown. */
  const [taken, setTaken] = useState<Taken>(new Map());
  const arrived = useRef(0);
  /** The server has every commit now: what is read from here on has them. */
  const arrive = useCallback(() => {
    arrived.current = commits;
  }, []);
  const [hungry, setHungry] = useState(false);
  return { page, setPage, taken, setTaken, arrived, arrive, hungry, setHungry };
}

type Holding = ReturnType<typeof useHolding>;
type Make = (data: Ready, taken: Taken, number: number) => Held;

/** The ways on from the page that is shown. */
function useWays(
  { page, setPage, taken, setTaken, setHungry }: Omit<Holding, "arrived">,
  { data, refetch }: ReturnType<typeof useReady>,
  make: Make,
) {
  /** Go on with the tiles that stand ready, without those just answered. */
  const advance = useCallback(
    (answered: Iterable<number>) => {
      commits += 1;
      const number = commits;
      const all = new Map([...taken, ...[...answered].map((image) => [image, number] as const)]);
      setTaken(all);
      if (!data) return;
      const next = make(data, all, (page?.number ?? 0) + 1);
      setPage(next.tiles.length > 0 ? next : null);
      setHungry(next.tiles.length === 0);
    },
    [taken, setTaken, data, make, page, setPage, setHungry],
  );

  /** Read again, and show what comes as a new page. */
  const renew = useCallback(async () => {
    await refetch();
    setHungry(false);
    setPage(null);
  }, [refetch, setPage, setHungry]);

  /** Leave the page; another is made when the server has what waits to be sent. */
  const retake = useCallback(() => {
    setTaken(new Map());
    setHungry(true);
    setPage(null);
  }, [setTaken, setPage, setHungry]);

  return {
    advance,
    renew,
    /** Fill up what stands ready, the page on screen staying as it is; call it once nothing waits to be sent. */
    refill: refetch,
    retake,
  };
}

export type LabelPageNow = ReturnType<typeof useLabelPage>;

/** What goes on the page, out of what stands ready; `taken` names the images that were answered meanwhile. */
function held(
  data: Ready,
  { order, size, shown }: Pick<Asked, "order" | "size" | "shown">,
  changed: readonly number[],
  taken: ReadonlySet<number>,
): Pick<Held, "news" | "tiles" | "cut"> {
  const there = stillThere(data.tiles, changed, data.news);
  const tiles =
    shown === "unknown"
      ? nextPage(
          there.filter((tile) => tile.value === 0),
          order,
          size || data.suggested,
          taken,
        )
      : there;
  return { news: changed.length, tiles, cut: cutWithin(tiles, data.tiles, data.cut) };
}

/** The tiles of the page as they are now: some have gone, of some there was news. */
function useTilesNow(page: Held | null, heard: Heard, changed: readonly number[]): readonly TileData[] | null {
  return useMemo(
    () => page && stillThere(page.tiles, changed, page.news).map((tile) => withNews(tile, heard)),
    [page, heard, changed],
  );
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
