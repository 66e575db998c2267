/** The tiles that stand ready: more than a page, read ahead, so that committing shows the next page in the next frame. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { QueryKey } from "@tanstack/react-query";
import type { RefObject } from "react";

import { LIMITS } from "../../api/limits";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { LabelPage } from "../../api/types";
import type { PageOrder } from "./page";
import { readShown } from "./shown";
import type { Shown } from "./shown";

/** So many pages stand ready. */
const READY = 3;

/**
 * What stands ready. `news`: how many changes of pictures had been heard of when it was read; later ones are not in it.
 * `arrived`: the number of the last commit that the server had by then; what later ones said is not in it either.
 */
export type Ready = LabelPage & { news: number; arrived: number };

export interface Asked {
  project: number;
  label: number;
  order: PageOrder;
  /** Tiles on a page; 0 = what the server suggests. */
  size: number;
  shown: Shown;
}

/** `arrived` holds the number of the last commit that the server has. */
export function useReady(
  { project, label, order, size, shown }: Asked,
  queryKey: QueryKey,
  arrived: RefObject<number>,
) {
  const queries = useQueryClient();
  return useQuery<Ready>({
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
}

/** The unknown tiles of a label, as the server picks them. */
function readPage(project: number, label: number, order: PageOrder, limit: number): Promise<LabelPage> {
  return unwrap(
    api.GET("/api/projects/{project}/labelview/{label}/", {
      params: { path: { project, label }, query: { order, limit, exclude_marked: true } },
    }),
  );
}
