/** Writing the page: let through once it has been seen, and counted, so that the words for newcomers leave in time. */
import type { RefObject } from "react";

import { useSettled } from "../../keys/useSettled";
import { useFirstActs } from "../../prefs/useFirstActs";
import type { Board } from "./page";
import type { LabelPageNow } from "./useLabelPage";
import type { PageActs } from "./usePageActs";

export function useWriting(page: LabelPageNow, acts: PageActs, place: RefObject<HTMLElement | null>) {
  const first = useFirstActs("label");
  // A page that is made anew has the number of the one before, and other tiles.
  const settled = useSettled(
    page.tiles?.length ? [page.key, page.tiles[0]?.image, page.tiles.at(-1)?.image].join(":") : null,
    place,
    "page",
  );
  const commit = (board: Board) =>
    settled.commit(() => {
      acts.commit(board);
      first.count();
    });
  return { isSettled: settled.isSettled, isNew: first.isNew, commit };
}
