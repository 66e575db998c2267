/**
 * Zoom and pan of the picture by wheel, drag, pinch and keys. A picture (and each turn of it) starts whole, and is found
 * as it was left when one comes back to it.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { RefObject } from "react";

import { fit, hold, middle, zoomAt } from "./view";
import type { Size, View } from "./view";

export interface StageView {
  view: View;
  /** The picture's middle, from the corner of the frame. */
  middle: Point;
  isWhole: boolean;
  zoomBy: (factor: number) => void;
  /** Move the picture by shares of the frame. */
  pan: (right: number, down: number) => void;
  /** Between the whole picture and one picture pixel to one screen pixel. */
  toggle: () => void;
  reset: () => void;
}

interface Point {
  x: number;
  y: number;
}

const KEY_ZOOM_LIMIT = 0.01;
/** Where one pixel is one pixel already, "pixel by pixel" goes twice as close: a key must do something. */
const CLOSER = 2;
const REMEMBERED = 50;
/** The views of the pictures looked at last; a picture that is not here, or has been turned since, is whole. */
const remembered = new Map<number, { quarters: number; view: View }>();

function remember(image: number, quarters: number, view: View | null): void {
  remembered.delete(image);
  if (view) remembered.set(image, { quarters, view });
  for (const old of remembered.keys()) {
    if (remembered.size <= REMEMBERED) break;
    remembered.delete(old);
  }
}

function recall(image: number, quarters: number): View | null {
  const found = remembered.get(image);
  return found?.quarters === quarters ? found.view : null;
}

/** `image` names the picture, whose size is `picture`; it is shown turned by `quarters`. */
export function useStageView(
  ref: RefObject<HTMLElement | null>,
  image: number,
  picture: Size,
  quarters: number,
): StageView {
  const frame = useFrame(ref);
  // The view belongs to its picture and turn, so that going on needs no reset: one that ran too often took every zoom back.
  const [shown, setShown] = useState<{ image: number; quarters: number; view: View | null }>({
    image: 0,
    quarters: 0,
    view: null,
  });
  const own = shown.image === image && shown.quarters === quarters ? shown.view : recall(image, quarters);
  const whole = fit(frame, picture, quarters);
  const view = own ? hold(own, frame, picture, quarters) : whole;
  const latest = useRef({ image, view, whole, frame, picture, quarters });
  useLayoutEffect(() => {
    latest.current = { image, view, whole, frame, picture, quarters };
  });

  const show = useCallback((next: View | null) => {
    const now = latest.current;
    now.view = next ?? now.whole;
    remember(now.image, now.quarters, next);
    setShown({ image: now.image, quarters: now.quarters, view: next });
  }, []);

  const move = useCallback(
    (change: (view: View) => View) => {
      const now = latest.current;
      const moved = hold(change(now.view), now.frame, now.picture, now.quarters);
      show(isAlike(moved.scale, now.whole.scale) ? null : moved);
    },
    [show],
  );

  const zoomAround = useCallback(
    (factor: number, around: Point) => move((now) => zoomAt(now, factor, around.x, around.y, latest.current.whole)),
    [move],
  );

  const toggle = useCallback(
    (around: Point = { x: 0, y: 0 }) => {
      const now = latest.current;
      const pixel = 1 / window.devicePixelRatio;
      if (!isAlike(now.view.scale, now.whole.scale)) show(null);
      else zoomAround(isAlike(pixel, now.whole.scale) ? CLOSER : pixel / now.view.scale, around);
    },
    [zoomAround, show],
  );

  useGestures(ref, move, zoomAround, toggle);
  return {
    view,
    middle: middle(view, frame, picture, quarters, window.devicePixelRatio),
    isWhole: own === null,
    zoomBy: (factor) => zoomAround(factor, { x: 0, y: 0 }),
    pan: (right, down) => move((now) => ({ ...now, x: now.x - right * frame.width, y: now.y - down * frame.height })),
    toggle: () => toggle(),
    reset: () => show(null),
  };
}

/** The size of the frame. */
function useFrame(ref: RefObject<HTMLElement | null>): Size {
  const [frame, setFrame] = useState<Size>({ width: 1, height: 1 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => {
      alignCorner(element);
      const { width, height } = element.getBoundingClientRect();
      setFrame({ width, height });
    };
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    measure();
    return () => watch.disconnect();
  }, [ref]);
  return frame;
}

/** Puts the corner of the frame on a pixel of the screen: what is snapped within it is then snapped on the screen too. */
function alignCorner(element: HTMLElement): void {
  element.style.margin = "0";
  const { left, top } = element.getBoundingClientRect();
  const beside = (place: number) => Math.ceil(place * window.devicePixelRatio) / window.devicePixelRatio - place;
  element.style.margin = `${beside(top).toString()}px 0 0 ${beside(left).toString()}px`;
}

function isAlike(one: number, other: number): boolean {
  return Math.abs(one / other - 1) < KEY_ZOOM_LIMIT;
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
        const spread =
          Math.hypot(now.x - other.x, now.y - other.y) /
          Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
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
