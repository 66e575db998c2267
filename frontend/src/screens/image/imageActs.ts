/** What can be done to the open image. Every act paints at once, is spoken, and can be undone. No hooks. */
import type { Cell, ImageDetail, Project, Value } from "../../api/types";
import type { Marking } from "../../sync/useMarking";
import type { Announce } from "../../ui/announce";
import { counted } from "../../ui/numbers";
import { percent, STATE_WORDS, stateOfValue } from "../../ui/State";
import type { Queue } from "./useQueue";
import type { Rows } from "./useRows";
import type { Turns } from "./useTurns";

export interface ImageActs {
  /** Say this of the label, whatever it was. */
  say: (label: number, value: Value) => void;
  /** Say present or absent; the same answer again takes it back to unknown. */
  toggle: (label: number, value: Value) => void;
  cantTell: (label: number) => void;
  accept: (absentToo: boolean) => void;
  /** All that is suggested present, sure enough or not: the person has looked. */
  acceptSuggested: () => void;
  /** The rest is absent, but for those said to be present with it. */
  close: (present?: readonly Cell[]) => void;
  undo: () => void;
  redo: () => void;
  next: () => void;
}

/** What the acts work on, and what they work with. */
export interface At {
  project: Project;
  detail: ImageDetail;
  rows: Pick<Rows, "labels" | "cells" | "offer" | "suggested">;
  queue: Queue;
  /** Something was said of the image. */
  onTouch: (image: number) => void;
  marking: Marking;
  turns: Turns;
  announce: Announce;
  /** Told of every picture that is left for the next. */
  countFirst: () => void;
}

export function imageActs(at: At): ImageActs {
  const { rows, turns } = at;
  return {
    next: () => goOn(at),
    say: (label, value) => say(at, label, value),
    toggle: (label, value) => say(at, label, rows.cells.byLabel.get(label)?.value === value ? 0 : value),
    cantTell: (label) => cantTell(at, label),
    accept: (absentToo) => accept(at, absentToo),
    acceptSuggested: () => acceptSuggested(at),
    close: (present = []) => close(at, present),
    undo: turns.undo,
    redo: turns.redo,
  };
}

function nameOf({ rows }: At, label: number): string {
  return rows.labels.get(label)?.name ?? "label";
}

function goOn({ queue, countFirst, announce }: At): void {
  if (queue.next()) countFirst();
  else announce("The next image is out of reach just now. Your marks are kept; go on here or wait.", { show: true });
}

function say(at: At, label: number, value: Value): void {
  const { detail, rows, marking, announce } = at;
  const cell = rows.cells.byLabel.get(label);
  if (!cell) return;
  const said = `${nameOf(at, label)} ${STATE_WORDS[stateOfValue(value)]}`;
  at.onTouch(detail.id);
  if (cell.value !== value) marking.mark(detail.id, cell, value, `${said} on ${detail.file_name}`);
  announce(`${nameOf(at, label)}: ${STATE_WORDS[stateOfValue(value)]}`);
}

function cantTell(at: At, label: number): void {
  const { detail, rows, marking, announce } = at;
  const cell = rows.cells.byLabel.get(label);
  if (!cell) return;
  at.onTouch(detail.id);
  marking.cantTell(detail.id, cell, !cell.cant_tell, `can't tell ${nameOf(at, label)} on ${detail.file_name}`);
  announce(`${nameOf(at, label)}: ${cell.cant_tell ? "unknown" : "can't tell"}`);
}

/** Accepts these suggestions, and says so. */
function acceptCells({ detail, onTouch, marking }: At, present: readonly Cell[], absent: readonly Cell[]): string {
  onTouch(detail.id);
  const change = (value: Value) => (cell: Cell) => ({
    image: detail.id,
    label: cell.label,
    value,
    was: cell.value,
    base: cell.version,
  });
  const text = `${counted(present.length + absent.length, "suggestion")} accepted`;
  marking.page([...present.map(change(1)), ...absent.map(change(-1))], "accepted", `${text} on ${detail.file_name}`);
  return text;
}

function accept(at: At, absentToo: boolean): void {
  const { offer } = at.rows;
  const absent = absentToo ? offer.absent : [];
  if (offer.present.length + absent.length > 0)
    return at.announce(acceptCells(at, offer.present, absent), { show: true });
  at.announce(
    `No suggestion on screen is sure enough yet: those that are right ${percent(at.project.wanted_precision)} of the time are offered.`,
    { show: true },
  );
}

function acceptSuggested(at: At): void {
  const { suggested } = at.rows;
  if (suggested.length > 0) return at.announce(`${acceptCells(at, suggested, [])} as present`, { show: true });
  at.announce("Nothing that is still unknown is suggested present.", { show: true });
}

function close(at: At, present: readonly Cell[]): void {
  const { project, detail, marking, announce } = at;
  const { cells } = at.rows;
  at.onTouch(detail.id);
  const open = cells.list.filter((cell) => cell.value === 0 && !cell.cant_tell).length - present.length;
  if (project.allow_closing && open + present.length > 0) {
    const text = [
      ...(present.length > 0 ? [`${counted(present.length, "suggestion")} accepted`] : []),
      ...(open > 0 ? [`${counted(open, "other label")} absent`] : []),
    ].join(", ");
    const on = `on ${detail.file_name}`;
    marking.close(detail.id, cells.list, present, cells.checked, `${text} ${on}`);
    announce(`Closed: ${text} ${on}`, { show: true });
  } else if (!cells.checked) {
    marking.check(detail.id, true, cells.checked, `checked ${detail.file_name}`);
    announce(`Checked ${detail.file_name}`, { show: true });
  }
  goOn(at);
}
