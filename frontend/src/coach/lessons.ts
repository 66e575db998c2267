/**
 * What the coach teaches, one after another, and how it hears that somebody has done it: the acts say so themselves, by
 * `practised("mark")`, so that it does not matter by which key, button or finger they were done.
 */
import type { KeyId } from "../keys/table";

export type LessonId = "mark" | "undo" | "cut" | "question" | "close";

export interface Lesson {
  id: LessonId;
  /** Below the project: where it can be done. */
  at: "label" | "by-label" | "audit";
  place: string;
  /** For keys; `{0}`, `{1}` are the keys of the actions named. */
  text: string;
  keys: readonly KeyId[];
  /** For fingers. */
  touch: string;
}

export const LESSONS: readonly Lesson[] = [
  {
    id: "mark",
    at: "label",
    place: "image by image",
    text: "Say what is there: {0} marks the first row present, with Shift absent.",
    keys: ["present-0"],
    touch: "Tap a label that is there.",
  },
  {
    id: "undo",
    at: "label",
    place: "image by image",
    text: "Take it back: {0}, as often as you like.",
    keys: ["undo"],
    touch: "Take it back with the bent arrow.",
  },
  {
    id: "cut",
    at: "by-label",
    place: "label by label",
    text: "Move the line between present and absent: {0} and {1}.",
    keys: ["cut-earlier", "cut-later"],
    touch: "Drag the line between present and absent.",
  },
  {
    id: "question",
    at: "audit",
    place: "blind questions",
    text: "Answer one blind question: {0} or {1}.",
    keys: ["answer-yes", "answer-no"],
    touch: "Answer one blind question.",
  },
  {
    id: "close",
    at: "label",
    place: "image by image",
    text: "Close a picture: {0} says that the rest is absent. Undo takes it back.",
    keys: ["close"],
    touch: "Close a picture: the rest is absent.",
  },
];

const listeners = new Set<(lesson: LessonId) => void>();

/** Somebody has just done this. */
export function practised(lesson: LessonId): void {
  for (const listener of listeners) listener(lesson);
}

/** Hear of every lesson that is done; gives the function that ends it. */
export function onPractised(listener: (lesson: LessonId) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
