/**
 * The acts that change cells. Each paints at once, is kept on this device, and can be undone.
 *
 *     const marking = useMarking(projectId);
 *     marking.mark(detail, labelId, 1);
 *     marking.page([{ image, label, value, was, base }], "page of boats");
 *
 * "Cells" given here are those on screen: with what waits in the outbox already laid over the server's.
 */
import { useMemo } from "react";

import type { Cell, Value } from "../api/types";
import type { Act, Effect } from "./entry";
import { newId } from "./newId";
import { useOutboxControls } from "./OutboxProvider";
import type { Outbox } from "./outbox";

export interface CellChange {
  image: number;
  label: number;
  value: Value;
  was: Value;
  /** The cell version on screen; the server refuses the change when somebody has changed the cell since. */
  base: number;
}

export interface Marking {
  mark: (image: number, cell: Cell, value: Value, text: string) => void;
  cantTell: (image: number, cell: Cell, on: boolean, text: string) => void;
  /** Many cells as one act; the server touches only those still unknown. */
  page: (changes: readonly CellChange[], source: "human" | "accepted" | "closed", text: string) => void;
  /** Every unknown cell of the image becomes absent, and the image is checked. */
  close: (image: number, cells: readonly Cell[], checked: boolean, text: string) => void;
  check: (image: number, on: boolean, was: boolean, text: string) => void;
  undo: () => Promise<Act | null>;
  redo: () => Promise<Act | null>;
}

export function useMarking(project: number): Marking {
  const outbox = useOutboxControls();
  return useMemo(() => makeMarking(outbox, project), [outbox, project]);
}

function makeMarking(outbox: Outbox | null, project: number): Marking {
  return {
    mark(image, cell, value, text) {
      // The server drops a "can't tell" when its author decides after all; the page shows that at once.
      const decided = cell.cant_tell && value !== 0 ? { cantTell: false, couldNotTell: true } : {};
      const effect: Effect = { image, label: cell.label, value, was: cell.value, ...decided };
      const operation = { id: newId(), kind: "mark" as const, image, label: cell.label, value, base: cell.version };
      outbox?.add({ project, operation, effects: [effect], text });
    },
    cantTell(image, cell, on, text) {
      const same = { image, label: cell.label, value: cell.value, was: cell.value };
      const effect: Effect = { ...same, cantTell: on, couldNotTell: cell.cant_tell };
      const operation = { id: newId(), kind: "cant_tell" as const, image, label: cell.label, on };
      outbox?.add({ project, operation, effects: [effect], text });
    },
    page(changes, source, text) {
      const effects = changes.map(({ image, label, value, was }) => ({ image, label, value, was }));
      const cells = changes.map(({ image, label, value, base }) => ({ image, label, value, base }));
      outbox?.add({ project, operation: { id: newId(), kind: "page", source, cells }, effects, text });
    },
    close(image, cells, checked, text) {
      const effects = cells
        .filter((cell) => cell.value === 0 && !cell.cant_tell)
        .map((cell): Effect => ({ image, label: cell.label, value: -1, was: 0 }));
      const receipt = { image, on: true, was: checked };
      outbox?.add({ project, operation: { id: newId(), kind: "close", image }, effects, text, checked: receipt });
    },
    check(image, on, was, text) {
      const operation = { id: newId(), kind: "checked" as const, image, on };
      outbox?.add({ project, operation, effects: [], text, checked: { image, on, was } });
    },
    undo: () => outbox?.undo(project) ?? Promise.resolve(null),
    redo: () => outbox?.redo(project) ?? Promise.resolve(null),
  };
}
