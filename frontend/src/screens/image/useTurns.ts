/** Undo and redo: each shows the picture that it changes, whichever is open, also behind the last one. */
import { useMemo } from "react";

import type { Act } from "../../sync/entry";
import { useMarking } from "../../sync/useMarking";
import type { Queue } from "./useQueue";

export interface Turns {
  undo: () => void;
  redo: () => void;
}

export function useTurns(project: number, queue: Pick<Queue, "image" | "show">): Turns {
  const marking = useMarking(project);
  const { image, show } = queue;
  return useMemo(() => {
    const showOf = (act: Act | null) => {
      if (act && act.image !== null && act.image !== image) show(act.image);
    };
    return { undo: () => void marking.undo().then(showOf), redo: () => void marking.redo().then(showOf) };
  }, [marking, image, show]);
}
