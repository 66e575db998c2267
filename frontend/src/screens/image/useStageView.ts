/** Zoom and pan of the picture by wheel, drag, pinch and keys. Starts whole for every image and every new turn. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { RefObject } from "react";

import { fit, hold, zoomAt } from "./view";
import type { Size, View } from "./view";

export interface StageView {
  view: View;
  isWhole: boolean;
  zoomBy: (factor: number) => void;
  /** Between the whole picture and one picture pixel to one screen pixel. */
  toggle: () => void;
  reset: () => void;
}

interface Point {
  x: number;
  y: number;
}

const KEY_ZOOM_LIMIT = 0.01;

export function useStageView(ref: RefObject<HTMLElement | null>, picture: Size, quarters: number): StageView {
  const [frame, setFrame] = useState<Size>({ width: 1, height: 1 });
  /** Null is "whole", also when the window changes its size. */
  const [own, setOwn] = useState<View | null>(null);
  const whole = fit(frame, picture, quarters);
  const view = own ?? whole;
  const latest = useRef({ view, whole, frame, picture, quarters });
  useLayoutEffect(() => {
    latest.current = { view, whole, frame, picture, quarters };
  });

  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setFrame({ width: element.clientWidth, height: element.clientHeight }));
    watch.observe(element);
    setFrame({ width: element.clientWidth, height: element.clientHeight });
    return () => watch.disconnect();
  }, [ref]);

  const move = useCallback((change: (view: View) => View) => {
    const now = latest.current;
    const moved = hold(change(now.view), now.frame, now.picture, now.quarters);
    latest.current.view = moved;
    setOwn(Math.abs(moved.scale / now.whole.scale - 1) < KEY_ZOOM_LIMIT ? null : moved);
  }, []);

  const zoomAround = useCallback(
    (factor: number, around: Point) => move((now) => zoomAt(now, factor, around.x, around.y, latest.current.whole)),
    [move],
  );

  const toggle = useCallback(
    (around: Point = { x: 0, y: 0 }) => {
      const now = latest.current;
      const pixel = 1 / window.devicePixelRatio;
      const isWhole = Math.abs(now.view.scale / now.whole.scale - 1) < KEY_ZOOM_LIMIT;
      if (isWhole) zoomAround(pixel / now.view.scale, around);
      else setOwn(null);
    },
    [zoomAround],
  );

  useGestures(ref, move, zoomAround, toggle);
  return {
    view,
    isWhole: own === null,
    zoomBy: (factor) => zoomAround(factor, { x: 0, y: 0 }),
    toggle: () => toggle(),
    reset: () => setOwn(null),
  };
}

function useGestures(
  ref: RefObject<HTMLElement | null>,
  move: (change: (view: View) => View) => void,
  zoomAround: (factor: number, around: Point) => void,
  toggle: (around: Point) => void,
): void {
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const fingers = new Map<number, Point>();
    const place = (event: MouseEvent): Point => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
    };
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      zoomAround(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), place(event));
    };
    const down = (event: PointerEvent) => {
      if (event.button !== 0 || (event.target as Element).closest("button")) return;
      element.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, place(event));
    };
    const drag = (event: PointerEvent) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const now = place(event);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      fingers.set(event.pointerId, now);
      if (other) {
        const spread = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
        zoomAround(spread, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
      } else move((view) => ({ ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y }));
    };
    const up = (event: PointerEvent) => fingers.delete(event.pointerId);
    const twice = (event: MouseEvent) => {
      if (!(event.target as Element).closest("button")) toggle(place(event));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", drag);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", up);
    element.addEventListener("dblclick", twice);
    return () => {
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", drag);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", up);
      element.removeEventListener("dblclick", twice);
    };
  }, [ref, move, zoomAround, toggle]);
}
