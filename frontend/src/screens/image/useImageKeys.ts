/** The keys of the image view: each id of the table gets what it does here. */
import type { RefObject } from "react";

import { DIGIT_ROWS } from "../../keys/table";
import type { RowKeyId } from "../../keys/table";
import { useKeys } from "../../keys/useKeys";
import type { Handlers } from "../../keys/useKeys";
import type { Item } from "./layout";
import type { StageHandle } from "./Stage";
import type { ImageActs } from "./useImageActs";
import type { Queue } from "./useQueue";

interface Options {
  /** A question in the panel has the keys. */
  rests: boolean;
  acts: ImageActs;
  items: readonly Item[];
  cursor: number | null;
  point: (label: number) => void;
  digits: readonly number[];
  letters: ReadonlyMap<string, number>;
  stage: RefObject<StageHandle | null>;
  queue: Queue;
  fold: () => void;
  sort: () => void;
  find: () => void;
  heat: (on: boolean) => void;
  card: (kind: "rule" | "history") => void;
  closeCard: () => void;
  pin: () => void;
}

const NO_HANDLERS: Handlers = {};
const ZOOM_STEP = 1.35;
const LOOK_STEP = 0.1;
const PAN_STEP = 0.25;

export function useImageKeys(options: Options): void {
  const { acts, items, cursor, point, digits, letters, stage, queue } = options;
  const atCursor = (act: (label: number) => void) => () => {
    if (cursor !== null) act(cursor);
  };
  const move = (by: number) => () => {
    const rows = items.flatMap((item) => (item.kind === "row" ? [item.label] : []));
    const at = cursor === null ? -1 : rows.indexOf(cursor);
    const label = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (label !== undefined) point(label);
  };
  const picture = (act: (handle: StageHandle) => void) => () => {
    if (stage.current) act(stage.current);
  };

  const handlers: Handlers<"image"> = {
    ...rowHandlers(digits, acts),
    undo: acts.undo,
    redo: acts.redo,
    "row-down": move(1),
    "row-up": move(-1),
    "row-present": atCursor((label) => acts.toggle(label, 1)),
    "row-absent": atCursor((label) => acts.toggle(label, -1)),
    "cant-tell": atCursor(acts.cantTell),
    find: options.find,
    rule: () => options.card("rule"),
    "cell-history": () => options.card("history"),
    "close-card": options.closeCard,
    pin: options.pin,
    fold: options.fold,
    sort: options.sort,
    accept: () => acts.accept(false),
    "accept-all": () => acts.accept(true),
    "accept-suggested": acts.acceptSuggested,
    close: () => acts.close(),
    next: acts.next,
    previous: queue.previous,
    heat: options.heat,
    zoom: picture((handle) => handle.toggleZoom()),
    "zoom-in": picture((handle) => handle.zoomBy(ZOOM_STEP)),
    "zoom-out": picture((handle) => handle.zoomBy(1 / ZOOM_STEP)),
    "pan-left": picture((handle) => handle.pan(-PAN_STEP, 0)),
    "pan-right": picture((handle) => handle.pan(PAN_STEP, 0)),
    "pan-up": picture((handle) => handle.pan(0, -PAN_STEP)),
    "pan-down": picture((handle) => handle.pan(0, PAN_STEP)),
    rotate: picture((handle) => handle.rotate()),
    brighter: picture((handle) => handle.brighten(LOOK_STEP)),
    darker: picture((handle) => handle.brighten(-LOOK_STEP)),
    "contrast-more": picture((handle) => handle.contrast(LOOK_STEP)),
    "contrast-less": picture((handle) => handle.contrast(-LOOK_STEP)),
    invert: picture((handle) => handle.invert()),
    "reset-picture": picture((handle) => handle.reset()),
  };

  useKeys("image", options.rests ? NO_HANDLERS : handlers, (chord) => {
    if (options.rests) return false;
    const absent = chord.startsWith("Shift+");
    const label = letters.get(absent ? chord.slice("Shift+".length) : chord);
    if (label === undefined) return false;
    acts.toggle(label, absent ? -1 : 1);
    return true;
  });
}

function rowHandlers(digits: readonly number[], acts: ImageActs): Handlers<"image"> {
  const handlers: Partial<Record<RowKeyId, () => void>> = {};
  for (let row = 0; row < DIGIT_ROWS; row += 1) {
    const label = digits[row];
    if (label === undefined) continue;
    handlers[`present-${row}`] = () => acts.toggle(label, 1);
    handlers[`absent-${row}`] = () => acts.toggle(label, -1);
  }
  return handlers;
}
