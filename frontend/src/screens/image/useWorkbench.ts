/** All that an image at work is made of: its rows and the cursor in them, what is open beside them, and the acts on it. */
import { useMemo, useState } from "react";
import type { RefObject } from "react";

import type { ImageDetail, Label, Project } from "../../api/types";
import { useSettled } from "../../keys/useSettled";
import { useClosing } from "./useClosing";
import { onceSeen, useImageActs } from "./useImageActs";
import { useOpened } from "./useOpened";
import { usePins } from "./usePins";
import type { Queue } from "./useQueue";
import { useCursor, useRows } from "./useRows";

interface Options {
  project: Project;
  detail: ImageDetail;
  labels: readonly Label[];
  queue: Queue;
  /** Holds the picture. */
  frame: RefObject<HTMLElement | null>;
}

export function useWorkbench({ project, detail, labels, queue, frame }: Options) {
  const [touched, setTouched] = useState<number | null>(null);
  const rows = useRows(detail, labels, touched === detail.id);
  const [cursor, point] = useCursor(detail.id, rows.items);
  const opened = useOpened(cursor);
  const settled = useSettled(detail.id, frame, "picture");
  const pins = usePins(project.id, labels);
  const allActs = useImageActs({ project, detail, rows, queue, onTouch: setTouched });
  const acts = useMemo(() => onceSeen(allActs, settled), [allActs, settled]);
  const closing = useClosing(detail.id, rows.suggested, project.allow_closing, acts.close);
  return { rows, cursor, point, opened, pins, acts, closing, isSettled: settled.isSettled };
}

export type Bench = ReturnType<typeof useWorkbench>;
