/**
 * What mouse, pen and finger do on the grid of tiles. A mouse that moves selects, and so does a finger that sets out sideways;
 * one that sets out up or down scrolls. Whatever a finger comes down on, it says nothing until it is lifted again where it
 * came down: a hand that scrolls rests on tiles, gaps and the line alike.
 */
import { useEffect, useRef } from "react";
import type { PointerEvent } from "react";

export interface PointerActs {
  onFlip: (index: number) => void;
  onKeep: (index: number) => void;
  onReach: (index: number) => void;
  onDragSelect: (from: number, to: number) => void;
  onCut: (cut: number) => void;
  onLook: (index: number | null) => void;
  /** Taps select a range, as with Shift held. */
  reaching: boolean;
}

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

export function useTilePointer(acts: PointerActs) {
  const press = useRef<Press | null>(null);
  const moved = useRef(-Infinity);
  useEffect(() => () => clearTimeout(press.current?.timer), []);

  const finish = () => {
    clearTimeout(press.current?.timer);
    if (press.current?.doing === "look") acts.onLook(null);
    press.current = null;
  };
  const enlargeSoon = (index: number) =>
    setTimeout(() => {
      if (press.current) press.current.doing = "look";
      acts.onLook(index);
    }, HOLD_MS);

  return {
    onScroll() {
      moved.current = performance.now();
    },
    onPointerDown(event: PointerEvent<HTMLDivElement>) {
      if (event.button !== 0 || !(event.target instanceof Element)) return;
      finish();
      const mouse = event.pointerType === "mouse";
      const [line, gap, index] = [
        event.target.closest("[data-cut]"),
        indexFrom(event.target, "gap"),
        indexFrom(event.target, "index"),
      ];
      const common = {
        x: event.clientX,
        y: event.clientY,
        shift: event.shiftKey,
        alt: event.altKey,
        mouse,
        timer: undefined,
      };
      const doing = !mouse && performance.now() - moved.current < STILL_MS ? "away" : "nothing";
      if (line) {
        if (mouse) {
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
        }
        press.current = { ...common, on: "line", index: 0, doing: mouse ? "cut" : doing };
      } else if (gap !== null) {
        press.current = { ...common, on: "gap", index: gap, doing };
      } else if (index !== null) {
        press.current = {
          ...common,
          on: "tile",
          index,
          doing,
          timer: doing === "nothing" ? enlargeSoon(index) : undefined,
        };
      }
    },
    onPointerMove(event: PointerEvent<HTMLDivElement>) {
      const now = press.current;
      if (!now) return;
      if (now.doing === "cut") {
        const place = under(event);
        if (place) acts.onCut(place.index + (place.after ? 1 : 0));
        return;
      }
      if (now.doing === "away") return;
      if (now.doing === "look") {
        // A mouse that goes on to another tile meant to select; on a busy machine the hold may have come first.
        const on = now.mouse ? under(event) : null;
        if (!on || on.index === now.index) return;
        acts.onLook(null);
        now.doing = "drag";
      }
      if (now.doing === "nothing") {
        const [across, along] = [Math.abs(event.clientX - now.x), Math.abs(event.clientY - now.y)];
        if (Math.hypot(across, along) < DRAG_PX) return;
        clearTimeout(now.timer);
        if (!now.mouse && across < along) {
          now.doing = "away";
          return;
        }
        if (!now.mouse) event.currentTarget.setPointerCapture(event.pointerId);
        now.doing = now.on === "line" ? "cut" : "drag";
        if (now.doing === "cut") return;
      }
      const place = under(event);
      if (place) acts.onDragSelect(now.index, place.index);
    },
    onPointerUp() {
      const now = press.current;
      const tapped = now?.doing === "nothing" ? now : null;
      finish();
      if (!tapped) return;
      if (tapped.on === "line") return;
      if (tapped.on === "gap") acts.onCut(tapped.index);
      else if (tapped.alt) acts.onKeep(tapped.index);
      else if (tapped.shift || acts.reaching) acts.onReach(tapped.index);
      else acts.onFlip(tapped.index);
    },
    onPointerCancel: finish,
    onPointerOver(event: PointerEvent<HTMLDivElement>) {
      if (event.pointerType !== "mouse" || press.current) return;
      const index = indexFrom(event.target, "look");
      if (index !== null) acts.onLook(index);
    },
    onPointerOut(event: PointerEvent<HTMLDivElement>) {
      if (event.pointerType === "mouse" && indexFrom(event.target, "look") !== null && !press.current)
        acts.onLook(null);
    },
    onContextMenu(event: React.MouseEvent) {
      if (press.current?.doing === "look") event.preventDefault();
    },
  };
}
