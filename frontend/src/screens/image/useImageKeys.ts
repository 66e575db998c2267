/** The keys of the image view: each id of the table gets what it does here. */
import type { RefObject } from "react";

import { DIGIT_ROWS } from "../../keys/table";
import type { RowKeyId } from "../../keys/table";
import { useKeys } from "../../keys/useKeys";
import type { Handlers } from "../../keys/useKeys";
import type { ImageActs } from "./imageActs";
import type { StageHandle } from "./Stage";
import type { Queue } from "./useQueue";
import type { Bench } from "./useWorkbench";

interface Options {
  bench: Bench;
  stage: RefObject<StageHandle | null>;
  queue: Queue;
}

const NO_HANDLERS: Handlers = {};
const ZOOM_STEP = 1.35;
const LOOK_STEP = 0.1;
const PAN_STEP = 0.25;

export function useImageKeys({ bench, stage, queue }: Options): void {
  const { acts, rows, opened, closing, pins } = bench;
  // A question in the panel has the keys.
  const rests = closing.asked !== null;
  const handlers: Handlers<"image"> = {
    ...digitHandlers(rows.frozen.layout.digits, acts),
    ...rowHandlers(bench),
    ...pictureHandlers(stage),
    undo: acts.undo,
    redo: acts.redo,
    accept: () => acts.accept(false),
    "accept-all": () => acts.accept(true),
    "accept-suggested": acts.acceptSuggested,
    close: closing.begin,
    next: acts.next,
    previous: queue.previous,
    heat: opened.setHeated,
  };

  useKeys("image", rests ? NO_HANDLERS : handlers, (chord) => {
    if (rests) return false;
    const absent = chord.startsWith("Shift+");
    const label = pins.letters.get(absent ? chord.slice("Shift+".length) : chord);
    if (label === undefined) return false;
    acts.toggle(label, absent ? -1 : 1);
    return true;
  });
}

/** What is about the row under the cursor, and moves it. */
function rowHandlers({ acts, rows, cursor, point, opened }: Bench): Handlers<"image"> {
  const atCursor = (act: (label: number) => void) => () => {
    if (cursor !== null) act(cursor);
  };
  const move = (by: number) => () => {
    const labels = rows.items.flatMap((item) => (item.kind === "row" ? [item.label] : []));
    const at = cursor === null ? -1 : labels.indexOf(cursor);
    const label = labels[Math.min(labels.length - 1, Math.max(0, at + by))];
    if (label !== undefined) point(label);
  };
  return {
    "row-down": move(1),
    "row-up": move(-1),
    "row-present": atCursor((label) => acts.toggle(label, 1)),
    "row-absent": atCursor((label) => acts.toggle(label, -1)),
    "cant-tell": atCursor(acts.cantTell),
    find: opened.find,
    rule: () => opened.turnCard("rule"),
    "cell-history": () => opened.turnCard("history"),
    "close-card": opened.closeCard,
    pin: opened.pin,
    fold: () => rows.fold("suggested-absent"),
    sort: rows.frozen.sort,
  };
}

/** What the keys do to the picture. */
function pictureHandlers(stage: RefObject<StageHandle | null>): Handlers<"image"> {
  const picture = (act: (handle: StageHandle) => void) => () => {
    if (stage.current) act(stage.current);
  };
  return {
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
}

/** The digits mark the first ten rows. */
function digitHandlers(digits: readonly number[], acts: ImageActs): Handlers<"image"> {
  const handlers: Partial<Record<RowKeyId, () => void>> = {};
  for (let row = 0; row < DIGIT_ROWS; row += 1) {
    const label = digits[row];
    if (label === undefined) continue;
    handlers[`present-${row}`] = () => acts.toggle(label, 1);
    handlers[`absent-${row}`] = () => acts.toggle(label, -1);
  }
  return handlers;
}
