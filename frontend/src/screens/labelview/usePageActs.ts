/** The acts of the label view: commit, overwrite, close, undo. Each paints at once and is sent by the outbox. */
import { useCallback, useEffect, useRef } from "react";

import type { Entry } from "../../sync/entry";
import { useOutbox } from "../../sync/OutboxProvider";
import { useMarking } from "../../sync/useMarking";
import { useAnnounce } from "../../ui/announce";
import { closes, inParts, overwrites, writes } from "./page";
import type { Board, Change } from "./page";
import { MOST_TILES, readPage } from "./useLabelPage";
import type { useLabelPage } from "./useLabelPage";
import { counted } from "../../ui/numbers";

/** Cells in one operation; the server takes no more. */
const MOST_CELLS = 2_000;

/** Whether the server's tiles of this label will be others once it has this. An undo of many cells names none of them. */
function touches({ operation, effects }: Entry, label: number): boolean {
  return operation.kind === "undo" || effects.some((effect) => effect.label === label);
}

interface Options {
  project: number;
  label: number;
  name: string;
  page: ReturnType<typeof useLabelPage>;
}

export function usePageActs({ project, label, name, page }: Options) {
  const marking = useMarking(project);
  const announce = useAnnounce();
  const waiting = useOutbox().entries.some((entry) => entry.state === "waiting" && touches(entry, label));
  const parts = useRef(new Map<string, number>());
  const stale = useRef(false);
  const { advance, renew, refill, hungry } = page;

  // The server can only give the next tiles once it has the answers to these.
  useEffect(() => {
    if (waiting || !stale.current) return;
    stale.current = false;
    void (hungry ? renew() : refill());
  }, [waiting, hungry, renew, refill]);

  const write = useCallback(
    (changes: readonly Change[], text: string, source: "human" | "closed" = "human") => {
      const cells = changes.map(({ tile, value }) => ({ image: tile.image, label, value, was: 0 as const, base: tile.version }));
      const pieces = inParts(cells, MOST_CELLS);
      parts.current.set(text, pieces.length);
      for (const piece of pieces) marking.page(piece, source, text);
    },
    [marking, label],
  );

  const commit = (board: Board) => {
    const changes = writes(board);
    if (changes.length === 0) return;
    const present = changes.filter((change) => change.value === 1).length;
    const text = `page ${page.number.toString()} of ${name}`;
    write(changes, text);
    stale.current = true;
    announce(`${text}: ${present.toString()} present, ${(changes.length - present).toString()} absent. U takes it back.`, { show: true });
    advance(board.tiles.map((tile) => tile.image));
  };

  const overwrite = (board: Board) => {
    const changes = overwrites(board);
    for (const { tile, value } of changes) {
      const was = tile.value === 1 ? 1 : -1;
      const cell = { label, value: was as 1 | -1, version: tile.version, by: null, source: null, at: null, cant_tell: false, score: tile.score };
      marking.mark(tile.image, cell, value, `${name}, marked before`);
    }
    stale.current = true;
    announce(`${counted(changes.length, "mark")} of ${name} overwritten`, { show: true });
  };

  const close = async () => {
    const rest = await readPage(project, label, "score", MOST_TILES);
    const changes = closes(rest.tiles);
    write(changes, `closing ${name}`, "closed");
    stale.current = true;
    announce(`${name} closed: ${changes.length.toString()} absent. U takes it back.`, { show: true });
    advance(changes.map(({ tile }) => tile.image));
  };

  const undo = async () => {
    let act = await marking.undo();
    if (!act) return;
    for (let more = (parts.current.get(act.text) ?? 1) - 1; more > 0 && act; more -= 1) act = await marking.undo();
    stale.current = true;
    page.retake();
  };

  const redo = async () => {
    const act = await marking.redo();
    if (!act) return;
    stale.current = true;
    page.retake();
  };

  return { commit, overwrite, close, undo, redo };
}

export type PageActs = ReturnType<typeof usePageActs>;
