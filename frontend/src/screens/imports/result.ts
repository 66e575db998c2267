/** What an import tells at its end, read out of its JSON. */
import { noun } from "../../ui/numbers";
import type { ImportBrief } from "./useImport";

const COUNTED = {
  images_new: ["new picture", "new pictures"],
  images_known: ["picture already here", "pictures already here"],
  images_refused: ["file refused", "files refused"],
  labels_new: ["new label", "new labels"],
  marks_new: ["new mark", "new marks"],
  marks_changed: ["mark changed", "marks changed"],
  marks_withdrawn: ["mark set back to unknown", "marks set back to unknown"],
  cant_tell: ["cell nobody could tell", "cells nobody could tell"],
  marks_same: ["mark already so", "marks already so"],
  marks_kept: ["cell left as people said", "cells left as people said"],
  marks_meanwhile: ["cell changed meanwhile, left alone", "cells changed meanwhile, left alone"],
} as const;

export type Count = keyof typeof COUNTED;
const BROUGHT: readonly Count[] = [
  "images_new",
  "labels_new",
  "marks_new",
  "marks_changed",
  "marks_withdrawn",
  "cant_tell",
];

/** What a count is of: "new pictures", or "new picture" for one. */
export function countedAs(key: Count, count: number): string {
  const [one, many] = COUNTED[key];
  return noun(count, one, many);
}

export interface RowError {
  file: string;
  line: number | null;
  message: string;
}

export interface ImportResult {
  counts: [Count, number][];
  broughtNothing: boolean;
  errors: RowError[];
  /** All errors, also those not listed. */
  errorsTotal: number;
}

export function resultOf({ result }: Pick<ImportBrief, "result">): ImportResult {
  const countOf = (key: Count) => Number(result[key] ?? 0);
  const errors = Array.isArray(result["errors"]) ? (result["errors"] as Partial<RowError>[]) : [];
  return {
    counts: (Object.keys(COUNTED) as Count[]).map((key): [Count, number] => [key, countOf(key)]),
    broughtNothing: BROUGHT.every((key) => countOf(key) === 0),
    errors: errors.map((error) => ({ file: error.file ?? "", line: error.line ?? null, message: error.message ?? "" })),
    errorsTotal: Number(result["errors_total"] ?? errors.length),
  };
}

export interface TakenBack {
  marks: number;
  images: number;
  /** What could not be taken back, each in a sentence. */
  left: string[];
}

export function takenBack({ undone }: Pick<ImportBrief, "undone">): TakenBack {
  return {
    marks: Number(undone["marks"] ?? 0),
    images: Number(undone["images"] ?? 0),
    left: Array.isArray(undone["left"]) ? (undone["left"] as string[]) : [],
  };
}
