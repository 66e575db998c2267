/** All that a label at work is made of: the page, what was said on it, how it is looked at, and the acts on it. */
import { useEffect, useMemo, useState } from "react";
import type { RefObject } from "react";

import type { Label, Project } from "../../api/types";
import { tally } from "./page";
import type { Shown } from "./shown";
import { useClosing } from "./useClosing";
import { useFresh } from "./useFresh";
import { useLabelPage } from "./useLabelPage";
import type { LabelPageNow } from "./useLabelPage";
import { usePageActs } from "./usePageActs";
import { usePageState } from "./usePageState";
import { usePlaces } from "./usePlaces";
import { useShown } from "./useShown";
import { useTileLook } from "./useTileLook";
import { useWriting } from "./useWriting";

/** What keys and buttons of the label view do. */
export interface BenchActs {
  commit: () => void;
  /** Write the page with the cut line after this tile. */
  commitAt: (index: number) => void;
  /** Open the question whether marked tiles that were told otherwise are overwritten, or put it away. */
  askOverwrite: (isAsking: boolean) => void;
  overwrite: () => void;
  undo: () => void;
  redo: () => void;
  takeFresh: () => void;
  /** Show this tile large; null: none. */
  look: (index: number | null) => void;
  openPicture: () => void;
  nextLabel: (() => void) | null;
  closeAll: () => void;
}

interface Options {
  project: Project;
  label: Label;
  upNext: number | null;
  onScene: (page: string) => void;
  /** Holds the tiles. */
  middle: RefObject<HTMLElement | null>;
}

export function useBench({ project, label, upNext, onScene, middle }: Options) {
  const look = useTileLook();
  const places = usePlaces(project.id);
  const [shown, show] = useShown();
  const page = useLabelPage({ project: project.id, label: label.id, order: look.order, size: look.perPage, shown });
  const pageActs = usePageActs({ project: project.id, label: label.id, name: label.name, page });
  const state = usePageState(page.key, page.tiles, page.cut, page.standing?.absent_suggested ?? false);
  const closing = useClosings(project, label, page.retake);
  const [looking, setLooking] = useState<number | null>(null);
  const [isAsking, setAsking] = useState(false);
  const fresh = useFresh(project.id, page, state, shown);
  const writing = useWriting(page, pageActs, middle);
  useScene(page, shown, onScene);

  const { board, cursor } = state;
  const counts = useMemo(() => tally(board), [board]);
  const acts: BenchActs = {
    commit: () => writing.commit(board),
    commitAt: (index) => writing.commit({ ...board, cut: index + 1, placed: true }),
    askOverwrite: (isAsked) => setAsking(isAsked && counts.overwrite > 0),
    overwrite: () => pageActs.overwrite(board),
    undo: () => void pageActs.undo(),
    redo: () => void pageActs.redo(),
    takeFresh: fresh.take,
    look: setLooking,
    openPicture: () => {
      const tile = board.tiles[cursor];
      if (tile) places.toPicture(tile.image);
    },
    nextLabel: upNext === null ? null : () => places.toLabel(upNext),
    closeAll: closing.all.open,
  };
  return {
    look,
    shown,
    show,
    page,
    state,
    counts,
    closing,
    acts,
    looking,
    isAsking,
    isFresh: fresh.isFresh,
    isSettled: writing.isSettled,
    isNew: writing.isNew,
  };
}

export type Bench = ReturnType<typeof useBench>;

/** Closing this label, for all who mark; and closing them all, for leads, whose statement is kept at hand. */
function useClosings(project: Project, label: Label, onClosed: () => void) {
  const all = useClosing({
    project: project.id,
    label: null,
    what: "all labels",
    may: project.role === "lead",
    ahead: true,
    onClosed,
  });
  const own = useClosing({
    project: project.id,
    label: label.id,
    what: `“${label.name}”`,
    may: true,
    ahead: false,
    onClosed,
  });
  return { all, label: own };
}

/** Tells of every page of unknown tiles that comes. */
function useScene(page: LabelPageNow, shown: Shown, onScene: (page: string) => void): void {
  const scene = shown === "unknown" && page.number > 0 ? page.key : null;
  useEffect(() => {
    if (scene !== null) onScene(scene);
  }, [scene, onScene]);
}
