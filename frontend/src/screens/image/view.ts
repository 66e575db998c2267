/** Where the picture stands in its frame. Lengths in CSS pixels, `scale` in CSS pixels per picture pixel. Pure functions. */

export interface View {
  scale: number;
  /** Of the picture's middle, from the middle of the frame. */
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Small pictures are enlarged to fill the frame, but not to mosaic. */
const MOST_ENLARGED_TO_FIT = 6;
const FARTHEST = 0.5;
const CLOSEST = 32;

/** The picture's size once turned by `quarters` quarter turns. */
export function turned(picture: Size, quarters: number): Size {
  return quarters % 2 === 0 ? picture : { width: picture.height, height: picture.width };
}

/** The whole picture, as large as the frame allows. */
export function fit(frame: Size, picture: Size, quarters: number): View {
  const { width, height } = turned(picture, quarters);
  const scale = Math.min(frame.width / width, frame.height / height, MOST_ENLARGED_TO_FIT);
  return { scale: Math.max(scale, 1e-4), x: 0, y: 0 };
}

/** Zoom by a factor so that what is under (`x`, `y`), measured from the middle of the frame, stays under it. */
export function zoomAt(view: View, factor: number, x: number, y: number, whole: View): View {
  const scale = Math.min(Math.max(view.scale * factor, whole.scale * FARTHEST), Math.max(CLOSEST, whole.scale));
  const grown = scale / view.scale;
  return { scale, x: x - (x - view.x) * grown, y: y - (y - view.y) * grown };
}

/** Keep the picture in the frame: it may not be lost, and one smaller than the frame stays in the middle. */
export function hold(view: View, frame: Size, picture: Size, quarters: number): View {
  const { width, height } = turned(picture, quarters);
  const slackX = Math.max(0, (width * view.scale - frame.width) / 2);
  const slackY = Math.max(0, (height * view.scale - frame.height) / 2);
  return {
    scale: view.scale,
    x: Math.min(slackX, Math.max(-slackX, view.x)),
    y: Math.min(slackY, Math.max(-slackY, view.y)),
  };
}

/**
 * The picture's middle from the corner of the frame. From 100% on its edges fall on the screen's own pixels: half a pixel
 * beside them, each would be smeared over its neighbours. `ratio` is screen pixels to a CSS pixel.
 */
export function middle(
  view: View,
  frame: Size,
  picture: Size,
  quarters: number,
  ratio: number,
): { x: number; y: number } {
  const { width, height } = turned(picture, quarters);
  const isSharp = view.scale * ratio > 0.999;
  const snap = (place: number, size: number) =>
    isSharp ? Math.round((place - size / 2) * ratio) / ratio + size / 2 : place;
  return {
    x: snap(frame.width / 2 + view.x, width * view.scale),
    y: snap(frame.height / 2 + view.y, height * view.scale),
  };
}

/** How the picture is looked at; remembered per person, never saved into the picture. */
export interface Look {
  brightness: number;
  contrast: number;
  invert: boolean;
}

export const AS_IT_IS: Look = { brightness: 1, contrast: 1, invert: false };

/** One step of brightness or contrast, kept within what still shows something. */
export function step(value: number, by: number): number {
  return Math.round(Math.min(3, Math.max(0.3, value + by)) * 100) / 100;
}

export function filterOf(look: Look): string {
  return `brightness(${look.brightness.toString()}) contrast(${look.contrast.toString()})${look.invert ? " invert(1)" : ""}`;
}
