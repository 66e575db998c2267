/**
 * The acts that change cells. Each paints at once, is kept on this device, and can be undone.
 *
 *     const marking = useMarking(projectId);
 *     marking.mark(detail, labelId, 1);
 *     marking.page([{ image, label, value, was, base }], "page of boats");
 *     const act = await marking.undo();    // says itself what was undone, or why it was not
 *
 * "Cells" given here are those on screen: with what waits in the outbox already laid over the server's.
 */
import { useMemo } from "react";

import type { Cell, Schemas, Value } from "../api/types";
import { practised } from "../coach/lessons";
import { useAnnounce } from "../ui/announce";
import type { Announce } from "../ui/announce";
import type { Act, Effect } from "./entry";
import { newId } from "./newId";
import { turnedText } from "./notes";
import type { NewAct, Outbox } from "./outbox";
import { useOutboxControls } from "./OutboxProvider";

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
  /** Every unknown cell of the image becomes absent, those of `present` become present, and the image is checked. */
  close: (image: number, cells: readonly Cell[], present: readonly Cell[], checked: boolean, text: string) => void;
  check: (image: number, on: boolean, was: boolean, text: string) => void;
  /** Answer a blind question: 1 present, -1 absent, 0 could not say. */
  blind: (question: Schemas["Question"], value: Value, text: string) => void;
  /** Take the last act back; says what became of it, and gives the act. */
  undo: () => Promise<Act | null>;
  redo: () => Promise<Act | null>;
}

export function useMarking(project: number): Marking {
  const outbox = useOutboxControls();
  const announce = useAnnounce();
  return useMemo(() => makeMarking(outbox, project, announce), [outbox, project, announce]);
}

/** How long an undo waits for the server's word before it says that it has not come. */
const PATIENCE_MS = 700;

type Made = Omit<NewAct, "project">;

function makeMarking(outbox: Outbox | null, project: number, announce: Announce): Marking {
  const add = (entry: Made) => void outbox?.add({ project, ...entry });
  return {
    mark(image, cell, value, text) {
      add(markOf(image, cell, value, text));
      practised("mark");
    },
    cantTell: (image, cell, on, text) => add(cantTellOf(image, cell, on, text)),
    page(changes, source, text) {
      const effects = changes.map(({ image, label, value, was }) => ({ image, label, value, was }));
      const cells = changes.map(({ image, label, value, base }) => ({ image, label, value, base }));
      add({ operation: { id: newId(), kind: "page", source, cells }, effects, text });
      if (source === "closed") practised("close");
    },
    close(image, cells, present, checked, text) {
      add(closeOf(image, cells, present, checked, text));
      practised("close");
    },
    check(image, on, was, text) {
      const operation = { id: newId(), kind: "checked" as const, image, on };
      add({ operation, effects: [], text, checked: { image, on, was } });
    },
    blind: (question, value, text) =>
      add({ operation: { id: newId(), kind: "blind", question: question.id, value }, effects: [], text, question }),
    undo: () => turn(outbox, project, announce, "undo"),
    redo: () => turn(outbox, project, announce, "redo"),
  };
}

function markOf(image: number, cell: Cell, value: Value, text: string): Made {
  // The server drops a "can't tell" when its author decides after all; the page shows that at once.
  const decided = cell.cant_tell && value !== 0 ? { cantTell: false, couldNotTell: true } : {};
  const effect: Effect = { image, label: cell.label, value, was: cell.value, ...decided };
  const operation = { id: newId(), kind: "mark" as const, image, label: cell.label, value, base: cell.version };
  return { operation, effects: [effect], text };
}

function cantTellOf(image: number, cell: Cell, on: boolean, text: string): Made {
  const value = on ? 0 : cell.value;
  const effect: Effect = {
    image,
    label: cell.label,
    value,
    was: cell.value,
    cantTell: on,
    couldNotTell: cell.cant_tell,
  };
  const clears = on && cell.value !== 0 ? { value: 0 as const, base: cell.version } : {};
  const operation = { id: newId(), kind: "cant_tell" as const, image, label: cell.label, on, ...clears };
  return { operation, effects: [effect], text };
}

function closeOf(
  image: number,
  cells: readonly Cell[],
  present: readonly Cell[],
  checked: boolean,
  text: string,
): Made {
  const said = new Set(present.map((cell) => cell.label));
  const effects = cells
    .filter((cell) => said.has(cell.label) || (cell.value === 0 && !cell.cant_tell))
    .map((cell): Effect => ({ image, label: cell.label, value: said.has(cell.label) ? 1 : -1, was: 0 }));
  const taken = present.map((cell) => ({ image, label: cell.label, value: 1 as const, base: cell.version }));
  const operation = { id: newId(), kind: "close" as const, image, cells: taken };
  return { operation, effects, text, checked: { image, on: true, was: checked } };
}

async function turn(
  outbox: Outbox | null,
  project: number,
  announce: Announce,
  kind: "undo" | "redo",
): Promise<Act | null> {
  const act = (await outbox?.[kind](project)) ?? null;
  if (!outbox || !act) announce(`Nothing to ${kind === "undo" ? "undo" : "do again"}.`, { show: true });
  else
    void outbox.answerOf(act.last, PATIENCE_MS).then((answer) => {
      // Anything but a plain yes is said when it comes, by what takes the answers in.
      if (!answer) announce(`${turnedText(kind, act.text)}. The server does not know yet.`, { show: true });
      else if (answer.status === "applied" && !answer.detail) announce(turnedText(kind, act.text), { show: true });
    });
  if (act && kind === "undo") practised("undo");
  return act;
}
