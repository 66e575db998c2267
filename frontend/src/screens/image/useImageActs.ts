/** What a person can do to the open image. Every act paints at once, is spoken, and can be undone. */
import { useMemo } from "react";

import type { Cell, ImageDetail, Label, Project, Value } from "../../api/types";
import type { Settled } from "../../keys/useSettled";
import { useFirstActs } from "../../prefs/useFirstActs";
import type { Act } from "../../sync/entry";
import { useMarking } from "../../sync/useMarking";
import { useAnnounce } from "../../ui/announce";
import { percent, STATE_WORDS, stateOfValue } from "../../ui/State";
import type { ScreenCells } from "./useCells";
import type { Queue } from "./useQueue";
import { counted } from "../../ui/numbers";

interface Options {
  project: Project;
  detail: ImageDetail;
  labels: ReadonlyMap<number, Label>;
  cells: ScreenCells;
  /** The suggestions on screen beyond their thresholds. */
  offer: { present: Cell[]; absent: Cell[] };
  queue: Queue;
  onTouch: (image: number) => void;
}

export interface ImageActs {
  /** Say present or absent; the same answer again takes it back to unknown. */
  toggle: (label: number, value: Value) => void;
  cantTell: (label: number) => void;
  accept: (absentToo: boolean) => void;
  close: () => void;
  undo: () => void;
  redo: () => void;
  next: () => void;
}

export function useImageActs({ project, detail, labels, cells, offer, queue, onTouch }: Options): ImageActs {
  const marking = useMarking(project.id);
  const announce = useAnnounce();
  const { count: countFirst } = useFirstActs("image");
  return useMemo<ImageActs>(() => {
    const nameOf = (label: number) => labels.get(label)?.name ?? "label";
    const on = `on ${detail.file_name}`;

    const next = () => {
      if (queue.next()) countFirst();
      else announce(whyNoNext(queue), { show: true });
    };

    const show = (act: Act | null) => {
      if (act && act.image !== null && act.image !== detail.id) queue.show(act.image);
    };

    return {
      next,
      toggle(label, value) {
        const cell = cells.byLabel.get(label);
        if (!cell) return;
        const wanted: Value = cell.value === value ? 0 : value;
        onTouch(detail.id);
        marking.mark(detail.id, cell, wanted, `${nameOf(label)} ${STATE_WORDS[stateOfValue(wanted)]} ${on}`);
        announce(`${nameOf(label)}: ${STATE_WORDS[stateOfValue(wanted)]}`);
      },
      cantTell(label) {
        const cell = cells.byLabel.get(label);
        if (!cell) return;
        onTouch(detail.id);
        marking.cantTell(detail.id, cell, !cell.cant_tell, `can't tell ${nameOf(label)} ${on}`);
        announce(`${nameOf(label)}: ${cell.cant_tell ? "unknown" : "can't tell"}`);
      },
      accept(absentToo) {
        const chosen = absentToo ? [...offer.present, ...offer.absent] : offer.present;
        if (chosen.length === 0) return announce(`No suggestion on screen is sure enough yet: those that are right ${percent(project.wanted_precision)} of the time are offered.`, { show: true });
        onTouch(detail.id);
        const above = new Set(offer.present.map((cell) => cell.label));
        const changes = chosen.map((cell) => ({
          image: detail.id,
          label: cell.label,
          value: above.has(cell.label) ? (1 as const) : (-1 as const),
          was: cell.value,
          base: cell.version,
        }));
        const text = `${counted(chosen.length, "suggestion")} accepted`;
        marking.page(changes, "accepted", `${text} ${on}`);
        announce(text, { show: true });
      },
      close() {
        const open = cells.list.filter((cell) => cell.value === 0 && !cell.cant_tell).length;
        onTouch(detail.id);
        if (project.allow_closing && open > 0) {
          marking.close(detail.id, cells.list, cells.checked, `the other ${open.toString()} absent ${on}`);
          announce(`Closed: ${counted(open, "other label is", "other labels are")} absent on ${detail.file_name}`, { show: true });
        } else if (!cells.checked) {
          marking.check(detail.id, true, cells.checked, `checked ${detail.file_name}`);
          announce(`Checked ${detail.file_name}`, { show: true });
        }
        next();
      },
      undo: () => void marking.undo().then(show),
      redo: () => void marking.redo().then(show),
    };
  }, [project, detail, labels, cells, offer, queue, onTouch, marking, announce, countFirst]);
}

/** The same acts, those on the whole picture only once it has been seen. */
export function onceSeen(acts: ImageActs, { commit }: Settled): ImageActs {
  return { ...acts, accept: (absentToo) => commit(() => acts.accept(absentToo)), close: () => commit(acts.close) };
}

function whyNoNext(queue: Queue): string {
  if (queue.error) return "The next image is out of reach just now. Your marks are kept; go on here or wait.";
  return queue.reason ?? "The next image is still on its way.";
}
