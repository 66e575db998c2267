/** Pictures decoded ahead of time, so that moving on paints in the next frame. */

const KEPT = 8;
const decoded = new Map<string, HTMLImageElement>();
const ready = new WeakSet<HTMLImageElement>();

/** Whether the picture can be painted in the next frame. */
export function isReady(url: string): boolean {
  const picture = decoded.get(url);
  return picture !== undefined && ready.has(picture);
}

/** Fetch and decode a picture; it stays decoded until eight newer ones have come. Failures wait for the real <img>. */
export function prefetch(url: string): void {
  const known = decoded.get(url);
  decoded.delete(url);
  const picture = known ?? new Image();
  decoded.set(url, picture);
  if (!known) {
    picture.decoding = "async";
    picture.src = url;
    picture.decode().then(
      () => ready.add(picture),
      () => decoded.delete(url),
    );
  }
  for (const old of decoded.keys()) {
    if (decoded.size <= KEPT) break;
    decoded.delete(old);
  }
}
