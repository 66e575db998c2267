/** The acts on the open image, the same objects as long as nothing they work on has changed: rows are painted by them. */
import { useMemo } from "react";

import type { ImageDetail, Project } from "../../api/types";
import type { Settled } from "../../keys/useSettled";
import { useFirstActs } from "../../prefs/useFirstActs";
import { useMarking } from "../../sync/useMarking";
import { useAnnounce } from "../../ui/announce";
import { imageActs } from "./imageActs";
import type { ImageActs } from "./imageActs";
import type { Queue } from "./useQueue";
import type { Rows } from "./useRows";
import { useTurns } from "./useTurns";

interface Options {
  project: Project;
  detail: ImageDetail;
  rows: Rows;
  queue: Queue;
  onTouch: (image: number) => void;
}

export function useImageActs({ project, detail, rows, queue, onTouch }: Options): ImageActs {
  const marking = useMarking(project.id);
  const turns = useTurns(project.id, queue);
  const announce = useAnnounce();
  const { count: countFirst } = useFirstActs("image");
  const { labels, cells, offer, suggested } = rows;
  return useMemo(
    () =>
      imageActs({
        project,
        detail,
        rows: { labels, cells, offer, suggested },
        queue,
        onTouch,
        marking,
        turns,
        announce,
        countFirst,
      }),
    [project, detail, labels, cells, offer, suggested, queue, onTouch, marking, turns, announce, countFirst],
  );
}

/** The same acts, those on the whole picture only once it has been seen. */
export function onceSeen(acts: ImageActs, { commit }: Settled): ImageActs {
  return {
    ...acts,
    accept: (absentToo) => commit(() => acts.accept(absentToo)),
    acceptSuggested: () => commit(acts.acceptSuggested),
    close: (present) => commit(() => acts.close(present)),
  };
}
