/** What is said of an act when the server's answer is not simply "done": corrected, done in part, or for later. */
import type { Entry } from "./entry";
import type { Settled } from "./sift";

export interface Note {
  text: string;
  isBad: boolean;
}

const DONE: Readonly<Record<NonNullable<Entry["turn"]>, string>> = { undo: "Undone", redo: "Done again" };

/** The sentence for an act that was taken back or done again. */
export function turnedText(turn: NonNullable<Entry["turn"]>, text: string): string {
  return `${DONE[turn]}: ${text}`;
}

/** What the server's answer adds to what was said when the act was made; null when nothing. */
export function noteOf({ entry, result, moot }: Settled): Note | null {
  if (moot) return null;
  const { status, detail, skipped } = result;
  const what = entry.turn && DONE[entry.turn];
  if (status === "applied") {
    if (!detail) return null;
    if (!what) return { text: detail, isBad: false };
    return { text: `${skipped ? `${what} in part` : what}: ${entry.text}. ${detail}`, isBad: skipped > 0 };
  }
  if (what) return { text: `Not ${what.toLowerCase()}: ${entry.text}. ${detail}`, isBad: true };
  if (entry.operation.kind === "blind" && status !== "parked")
    return { text: `Your answer was not taken. ${detail}`, isBad: true };
  return null;
}
