/** The open image's cells as the person sees them: the server's, with what waits in the outbox laid over. */
import { useMemo } from "react";

import type { Cell, ImageDetail } from "../../api/types";
import { overlayCells, overlayChecked } from "../../sync/entry";
import { useOutbox } from "../../sync/OutboxProvider";

export interface ScreenCells {
  list: readonly Cell[];
  byLabel: ReadonlyMap<number, Cell>;
  checked: boolean;
}

export function useCells(detail: ImageDetail): ScreenCells {
  const { entries } = useOutbox();
  return useMemo(() => {
    const list = overlayCells(detail.cells, detail.id, entries);
    return {
      list,
      byLabel: new Map(list.map((cell) => [cell.label, cell])),
      checked: overlayChecked(detail.checked, detail.id, entries),
    };
  }, [detail, entries]);
}
