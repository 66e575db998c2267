/** What a person can do to the open image. Every act paints at once, is spoken, and can be undone. */
import { useMemo } from "react";

import type { Cell, ImageDetail, Label, Project, Value } from "../../api/types";
import type { Settled } from "../../keys/useSettled";
import { useFirstActs } from "../../prefs/useFirstActs";
import { useMarking } from "../../sync/useMarking";
import { useAnnounce } from "../../ui/announce";
import { counted } from "../../ui/numbers";
import { percent, STATE_WORDS, stateOfValue } from "../../ui/State";
import type { ScreenCells } from "./useCells";
import type { Queue } from "./useQueue";
import { useTurns } from "./useTurns";

interface Options {
  project: Project;
  detail: ImageDetail;
  labels: ReadonlyMap<number, Label>;
  cells: ScreenCells;
  /** The suggestions on screen beyond their thresholds. */
  offer: { present: Cell[]; absent: Cell[] };
  /** Everything suggested present and still unknown. */
  suggested: readonly Cell[];
  queue: Queue;
  onTouch: (image: number) => void;
}

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

export function useImageActs({ project, detail, labels, cells, offer, suggested, queue, onTouch }: Options): ImageActs {
  const marking = useMarking(project.id);
  const turns = useTurns(project.id, queue);
  const announce = useAnnounce();
  const { count: countFirst } = useFirstActs("image");
  return useMemo<ImageActs>(() => {
    const nameOf = (label: number) => labels.get(label)?.name ?? "label";
    const on = `on ${detail.file_name}`;

    const next = () => {
      if (queue.next()) countFirst();
      else
        announce("The next image is out of reach just now. Your marks are kept; go on here or wait.", { show: true });
    };

    const say = (label: number, value: Value) => {
      const cell = cells.byLabel.get(label);
      if (!cell) return;
      const words = STATE_WORDS[stateOfValue(value)];
      onTouch(detail.id);
      if (cell.value !== value) marking.mark(detail.id, cell, value, `${nameOf(label)} ${words} ${on}`);
      announce(`${nameOf(label)}: ${words}`);
    };

    const acceptCells = (present: readonly Cell[], absent: readonly Cell[]) => {
      onTouch(detail.id);
      const change = (value: Value) => (cell: Cell) => ({
        image: detail.id,
        label: cell.label,
        value,
        was: cell.value,
        base: cell.version,
      });
      const text = `${counted(present.length + absent.length, "suggestion")} accepted`;
      marking.page([...present.map(change(1)), ...absent.map(change(-1))], "accepted", `${text} ${on}`);
      return text;
    };

    return {
      next,
      say,
      toggle: (label, value) => say(label, cells.byLabel.get(label)?.value === value ? 0 : value),
      cantTell(label) {
        const cell = cells.byLabel.get(label);
        if (!cell) return;
        onTouch(detail.id);
        marking.cantTell(detail.id, cell, !cell.cant_tell, `can't tell ${nameOf(label)} ${on}`);
        announce(`${nameOf(label)}: ${cell.cant_tell ? "unknown" : "can't tell"}`);
      },
      accept(absentToo) {
        const absent = absentToo ? offer.absent : [];
        if (offer.present.length + absent.length > 0)
          return announce(acceptCells(offer.present, absent), { show: true });
        announce(
          `No suggestion on screen is sure enough yet: those that are right ${percent(project.wanted_precision)} of the time are offered.`,
          { show: true },
        );
      },
      acceptSuggested() {
        if (suggested.length > 0) return announce(`${acceptCells(suggested, [])} as present`, { show: true });
        announce("Nothing that is still unknown is suggested present.", { show: true });
      },
      close(present = []) {
        onTouch(detail.id);
        const open = cells.list.filter((cell) => cell.value === 0 && !cell.cant_tell).length - present.length;
        if (project.allow_closing && open + present.length > 0) {
          const text = [
            ...(present.length > 0 ? [`${counted(present.length, "suggestion")} accepted`] : []),
            ...(open > 0 ? [`${counted(open, "other label")} absent`] : []),
          ].join(", ");
          marking.close(detail.id, cells.list, present, cells.checked, `${text} ${on}`);
          announce(`Closed: ${text} ${on}`, { show: true });
        } else if (!cells.checked) {
          marking.check(detail.id, true, cells.checked, `checked ${detail.file_name}`);
          announce(`Checked ${detail.file_name}`, { show: true });
        }
        next();
      },
      undo: turns.undo,
      redo: turns.redo,
    };
  }, [project, detail, labels, cells, offer, suggested, queue, onTouch, marking, turns, announce, countFirst]);
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
