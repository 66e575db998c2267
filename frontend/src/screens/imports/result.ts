/** What an import job tells at its end, read out of its JSON. */
import type { Job } from "../../api/types";
import { noun } from "../../ui/numbers";

const COUNTED = {
  images_new: ["new picture", "new pictures"],
  images_known: ["picture already here", "pictures already here"],
  images_refused: ["file refused", "files refused"],
  labels_new: ["new label", "new labels"],
  marks_new: ["new mark", "new marks"],
  marks_changed: ["mark changed", "marks changed"],
  marks_same: ["mark already so", "marks already so"],
  marks_conflicting: [
    "mark that disagrees with a person’s, which stays",
    "marks that disagree with people’s; theirs stay",
  ],
} as const;

export type Count = keyof typeof COUNTED;

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
  dryRun: boolean;
  counts: [Count, number][];
  /** Labels that the table names and the project lacks, with those that a name may be a misspelling of. */
  labels: { name: string; like: string[] }[];
  errors: RowError[];
  /** All errors, also those not listed. */
  errorsTotal: number;
}

export function resultOf(job: Pick<Job, "result">): ImportResult {
  const { result } = job;
  const would =
    typeof result["would"] === "object" && result["would"] !== null
      ? (result["would"] as Record<string, unknown>)
      : null;
  const from = would ?? result;
  const counts = (Object.keys(COUNTED) as Count[]).map((key): [Count, number] => [key, Number(from[key] ?? 0)]);
  const errors = Array.isArray(result["errors"]) ? (result["errors"] as Partial<RowError>[]) : [];
  return {
    dryRun: result["dry_run"] === true,
    counts,
    labels: Array.isArray(result["labels"]) ? (result["labels"] as ImportResult["labels"]) : [],
    errors: errors.map((error) => ({ file: error.file ?? "", line: error.line ?? null, message: error.message ?? "" })),
    errorsTotal: Number(result["errors_total"] ?? errors.length),
  };
}
