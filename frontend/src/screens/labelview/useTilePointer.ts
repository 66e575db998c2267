/**
 * What mouse, pen and finger do on the grid of tiles. A mouse that moves selects, and so does a finger that sets out sideways;
 * one that sets out up or down scrolls. Whatever a finger comes down on, it says nothing until it is lifted again where it
 * came down: a hand that scrolls rests on tiles, gaps and the line alike.
 */
import { useEffect, useRef } from "react";
import type { PointerEvent } from "react";

import type { PageState } from "./usePageState";

/** What a pointer can say of tiles. */
export type PointerActs = Pick<PageState, "flip" | "keep" | "reach" | "select" | "setCut"> & {
  /** Show this tile large; null: none. */
  look: (index: number | null) => void;
  /** Taps select a range, as with Shift held. */
  reaching: boolean;
};

const HOLD_MS = 380;
const DRAG_PX = 7;
/** A finger that comes down on a page in motion stops it, and means no tile. */
const STILL_MS = 100;

interface Press {
  /** What it came down on: a tile, the gap after which the line would go, or the line itself. */
  on: "tile" | "gap" | "line";
  index: number;
  x: number;
  y: number;
  shift: boolean;
  alt: boolean;
  mouse: boolean;
  /** "away": a finger that left the tile it came down on; lifting it says nothing. */
  doing: "nothing" | "cut" | "drag" | "look" | "away";
  timer: ReturnType<typeof setTimeout> | undefined;
}

function indexFrom(target: EventTarget | Element | null, name: "index" | "gap" | "look"): number | null {
  const text = target instanceof Element ? target.closest<HTMLElement>(`[data-${name}]`)?.dataset[name] : undefined;
  return text === undefined ? null : Number(text);
}

/** The index of the tile that is painted at this point of the window. */
export function tileAt(x: number, y: number): number | null {
  return indexFrom(document.elementFromPoint(x, y)?.closest("[role=gridcell]") ?? null, "index");
}

/** The tile under the pointer, and on which side of its middle. */
function under(event: PointerEvent): { index: number; after: boolean } | null {
  const tile = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>("[role=gridcell]");
  if (!tile?.dataset["index"]) return null;
  const box = tile.getBoundingClientRect();
  return { index: Number(tile.dataset["index"]), after: event.clientX > box.left + box.width / 2 };
}

/** What the pointer came down on; null where that is nothing. `inMotion`: the page was still scrolling. */
function pressOf(event: PointerEvent<HTMLDivElement>, target: Element, inMotion: boolean): Press | null {
  const mouse = event.pointerType === "mouse";
  const [gap, index] = [indexFrom(target, "gap"), indexFrom(target, "index")];
  const common = {
    x: event.clientX,
    y: event.clientY,
    shift: event.shiftKey,
    alt: event.altKey,
    mouse,
    timer: undefined,
  };
  const doing = !mouse && inMotion ? "away" : "nothing";
  if (target.closest("[data-cut]")) return { ...common, on: "line", index: 0, doing: mouse ? "cut" : doing };
  if (gap !== null) return { ...common, on: "gap", index: gap, doing };
  return index === null ? null : { ...common, on: "tile", index, doing };
}

/** What a pointer that moved is doing now. */
function doingOf(event: PointerEvent<HTMLDivElement>, now: Press): Press["doing"] {
  if (now.doing === "look") {
    // A mouse that goes on to another tile meant to select; on a busy machine the hold may have come first.
    const on = now.mouse ? under(event) : null;
    return on && on.index !== now.index ? "drag" : "look";
  }
  if (now.doing !== "nothing") return now.doing;
  const [across, along] = [Math.abs(event.clientX - now.x), Math.abs(event.clientY - now.y)];
  if (Math.hypot(across, along) < DRAG_PX) return "nothing";
  if (!now.mouse && across < along) return "away";
  return now.on === "line" ? "cut" : "drag";
}

/** Takes a press on to where the pointer is now, and does what that says. */
function move(event: PointerEvent<HTMLDivElement>, now: Press, acts: PointerActs): void {
  const before = now.doing;
  now.doing = doingOf(event, now);
  if (before === "look" && now.doing === "drag") acts.look(null);
  if (before === "nothing" && now.doing !== "nothing") {
    clearTimeout(now.timer);
    if (!now.mouse && now.doing !== "away") event.currentTarget.setPointerCapture(event.pointerId);
    // A line that has only just been taken hold of moves with the next move.
    if (now.doing === "cut") return;
  }
  if (now.doing !== "cut" && now.doing !== "drag") return;
  const place = under(event);
  if (!place) return;
  if (now.doing === "cut") acts.setCut(place.index + (place.after ? 1 : 0));
  else acts.select(now.index, place.index);
}

/** A press that was lifted where it came down. */
function tap({ on, index, alt, shift }: Press, acts: PointerActs): void {
  if (on === "line") return;
  if (on === "gap") acts.setCut(index);
  else if (alt) acts.keep(index);
  else if (shift || acts.reaching) acts.reach(index);
  else acts.flip(index);
}

export function useTilePointer(acts: PointerActs) {
  const press = useRef<Press | null>(null);
  const moved = useRef(-Infinity);
  useEffect(() => () => clearTimeout(press.current?.timer), []);

  const finish = () => {
    clearTimeout(press.current?.timer);
    if (press.current?.doing === "look") acts.look(null);
    press.current = null;
  };
  const enlargeSoon = (index: number) =>
    setTimeout(() => {
      if (press.current) press.current.doing = "look";
      acts.look(index);
    }, HOLD_MS);

  return {
    onScroll() {
      moved.current = performance.now();
    },
    onPointerDown(event: PointerEvent<HTMLDivElement>) {
      if (event.button !== 0 || !(event.target instanceof Element)) return;
      finish();
      const now = pressOf(event, event.target, performance.now() - moved.current < STILL_MS);
      if (now?.doing === "cut") {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
      }
      if (now?.on === "tile" && now.doing === "nothing") now.timer = enlargeSoon(now.index);
      press.current = now;
    },
    onPointerMove(event: PointerEvent<HTMLDivElement>) {
      if (press.current) move(event, press.current, acts);
    },
    onPointerUp() {
      const now = press.current;
      finish();
      if (now?.doing === "nothing") tap(now, acts);
    },
    onPointerCancel: finish,
    onPointerOver(event: PointerEvent<HTMLDivElement>) {
      if (event.pointerType !== "mouse" || press.current) return;
      const index = indexFrom(event.target, "look");
      if (index !== null) acts.look(index);
    },
    onPointerOut(event: PointerEvent<HTMLDivElement>) {
      if (event.pointerType === "mouse" && indexFrom(event.target, "look") !== null && !press.current) acts.look(null);
    },
    onContextMenu(event: React.MouseEvent) {
      if (press.current?.doing === "look") event.preventDefault();
    },
  };
}
