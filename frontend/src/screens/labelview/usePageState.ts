/** What the person has said on the page that is shown: the cut line, the exceptions, the cursor, the selection. */
import { useCallback, useMemo } from "react";

import type { Value } from "../../api/types";
import { practised } from "../../coach/lessons";
import { useForget, useKept } from "../../prefs/useKept";
import { between, decisionAt, flipped, keep, NOTHING_SAID, placeAmong, say } from "./page";
import type { Board, TileData } from "./page";
import { KEPT_TILES } from "./useLabelPage";

interface Said {
  scene: string;
  /** The page that the places below are about. */
  images: readonly number[];
  cut: number;
  placed: boolean;
  own: ReadonlyMap<number, Value>;
  seen: ReadonlySet<number>;
  cursor: number;
  anchor: number;
  selected: ReadonlySet<number>;
}

const NOTHING: ReadonlySet<number> = new Set();
const NO_TILES: readonly TileData[] = [];

export function usePageState(scene: string, tiles: readonly TileData[] | null, cut: number, absentSuggested: boolean) {
  const images = useMemo(() => (tiles ?? NO_TILES).map((tile) => tile.image), [tiles]);
  const fresh: Said = {
    scene,
    images,
    cut,
    placed: false,
    own: NOTHING_SAID,
    seen: NOTHING,
    cursor: 0,
    anchor: 0,
    selected: NOTHING,
  };
  const [stored, store] = useKept<Said>("label page: said", fresh);
  const said = stored.scene === scene ? of(stored, images) : fresh;
  if (said !== stored) store(said);

  const board = useMemo<Board>(
    () => ({
      tiles: tiles ?? NO_TILES,
      cut: said.cut,
      placed: said.placed,
      absentSuggested,
      own: said.own,
      seen: said.seen,
    }),
    [tiles, said.cut, said.placed, absentSuggested, said.own, said.seen],
  );
  const change = useCallback((next: Partial<Said>) => store((before) => ({ ...before, ...next })), [store]);
  /** These images are on screen, or were. */
  const see = useCallback(
    (images: readonly number[]) =>
      store((before) =>
        images.every((image) => before.seen.has(image))
          ? before
          : { ...before, seen: new Set([...before.seen, ...images]) },
      ),
    [store],
  );
  /** Nothing was said yet: the page may be replaced without loss. */
  const untouched = said.own.size === 0 && !said.placed && said.selected.size === 0;
  useForget(KEPT_TILES, untouched);
  const last = board.tiles.length - 1;
  return {
    board,
    cursor: Math.min(said.cursor, Math.max(0, last)),
    selected: said.selected,
    untouched,
    see,
    ...moving(said, last, change),
    ...saying(board, said, change),
  };
}

type Change = (next: Partial<Said>) => void;

/** Moving the line, the cursor and the selection. */
function moving(said: Said, last: number, change: Change) {
  const within = (index: number) => Math.min(last, Math.max(0, index));
  return {
    setCut: (to: number) => {
      change({ cut: Math.min(last + 1, Math.max(0, to)), placed: true });
      practised("cut");
    },
    go: (index: number) => change({ cursor: within(index), anchor: within(index), selected: NOTHING }),
    reach: (index: number) => change({ cursor: within(index), selected: new Set(between(said.anchor, within(index))) }),
    select: (from: number, to: number) =>
      change({ anchor: from, cursor: within(to), selected: new Set(between(from, within(to))) }),
    selectNone: () => change({ selected: NOTHING, anchor: said.cursor }),
  };
}

/** Saying something of tiles. */
function saying(board: Board, said: Said, change: Change) {
  /** What an act on tiles is about: the selection, or the tile under the cursor. */
  const targets = said.selected.size > 0 ? [...said.selected] : [said.cursor];
  const at = (index: number) => ({ cursor: index, anchor: index, selected: NOTHING });
  return {
    flip: (index: number) => change({ own: say(board, [index], flipped(decisionAt(board, index))), ...at(index) }),
    keep: (index: number) =>
      change({ own: keep(board, said.selected.has(index) ? [...said.selected] : [index]), ...at(index) }),
    flipTargets: () => change({ own: say(board, targets, flipped(decisionAt(board, said.cursor))) }),
    sayTargets: (value: Value) => change({ own: say(board, targets, value), selected: NOTHING }),
    /** Everything that is unknown, one way; marked tiles stay, and so do exceptions, unless it is said once more. */
    sayAll: (value: 1 | -1) => {
      const to = value === 1 ? board.tiles.length : 0;
      change({ cut: to, placed: true, own: said.placed && said.cut === to ? NOTHING_SAID : said.own });
    },
  };
}

/** The same when tiles have left the page: the line stands between the same tiles, the cursor on the same one. */
function of(said: Said, images: readonly number[]): Said {
  if (said.images.length === images.length) return said;
  const place = (index: number) => placeAmong(images, said.images, index);
  const left = new Set(images);
  const selected = new Set([...said.selected].filter((index) => left.has(said.images[index] ?? 0)).map(place));
  return { ...said, images, cut: place(said.cut), cursor: place(said.cursor), anchor: place(said.anchor), selected };
}

export type PageState = ReturnType<typeof usePageState>;
