/** The acts of the label view: commit, overwrite, undo. Each paints at once and is sent by the outbox. */
import { useEffect, useRef } from "react";

import type { Entry } from "../../sync/entry";
import { useOutbox } from "../../sync/OutboxProvider";
import { useMarking } from "../../sync/useMarking";
import { useAnnounce } from "../../ui/announce";
import { counted } from "../../ui/numbers";
import { isLookedAt, overwrites, writes } from "./page";
import type { Board } from "./page";
import type { LabelPageNow } from "./useLabelPage";

/** Whether the server's tiles of this label will be others once it has this. An undo of many cells names none of them. */
function touches({ operation, effects }: Entry, label: number): boolean {
  return operation.kind === "undo" || effects.some((effect) => effect.label === label);
}

interface Options {
  project: number;
  label: number;
  name: string;
  page: LabelPageNow;
}

export function usePageActs({ project, label, name, page }: Options) {
  const marking = useMarking(project);
  const announce = useAnnounce();
  const waiting = useOutbox().entries.some((entry) => entry.state === "waiting" && touches(entry, label));
  const stale = useRef(false);
  const { advance, arrive, renew, refill, hungry } = page;

  // The server can only give the next tiles once it has the answers to these.
  useEffect(() => {
    if (waiting || !stale.current) return;
    stale.current = false;
    arrive();
    void (hungry ? renew() : refill());
  }, [waiting, hungry, arrive, renew, refill]);

  const commit = (board: Board) => {
    const changes = writes(board);
    if (changes.length === 0) return;
    const present = changes.filter((change) => change.value === 1).length;
    const text = `page ${page.number.toString()} of ${name}`;
    marking.page(
      changes.map(({ tile, value }) => ({ image: tile.image, label, value, was: 0, base: tile.version })),
      "human",
      text,
    );
    stale.current = true;
    announce(
      `${text}: ${present.toString()} present, ${(changes.length - present).toString()} absent. U takes it back.`,
      { show: true },
    );
    // What nobody has looked at yet is the next page.
    advance(board.tiles.filter((tile) => isLookedAt(board, tile)).map((tile) => tile.image));
  };

  const overwrite = (board: Board) => {
    const changes = overwrites(board);
    for (const { tile, value } of changes) {
      const was = tile.value === 1 ? 1 : -1;
      const cell = {
        label,
        value: was as 1 | -1,
        version: tile.version,
        by: null,
        source: null,
        at: null,
        cant_tell: false,
        score: tile.score,
      };
      marking.mark(tile.image, cell, value, `${name}, marked before`);
    }
    stale.current = true;
    announce(`${counted(changes.length, "mark")} of ${name} overwritten`, { show: true });
  };

  const turn = async (way: "undo" | "redo") => {
    if (!(await marking[way]())) return;
    stale.current = true;
    page.retake();
  };

  return { commit, overwrite, undo: () => turn("undo"), redo: () => turn("redo") };
}

export type PageActs = ReturnType<typeof usePageActs>;
