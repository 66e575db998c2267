/** What an import job tells at its end, read out of its JSON. */
import type { Job } from "../../api/types";

export const COUNTED = {
  images_new: "new pictures",
  images_known: "pictures already here",
  images_refused: "files refused",
  labels_new: "new labels",
  marks_new: "new marks",
  marks_changed: "marks changed",
  marks_same: "marks already so",
  marks_conflicting: "marks that disagree with people’s; theirs stay",
} as const;

export type Count = keyof typeof COUNTED;

export interface RowError {
  file: string;
  line: number | null;
  message: string;
}

export interface ImportResult {
  dryRun: boolean;
  counts: [Count, number][];
  errors: RowError[];
  /** All errors, also those not listed. */
  errorsTotal: number;
}

export function resultOf(job: Pick<Job, "result">): ImportResult {
  const { result } = job;
  const would = typeof result["would"] === "object" && result["would"] !== null ? (result["would"] as Record<string, unknown>) : null;
  const from = would ?? result;
  const counts = (Object.keys(COUNTED) as Count[]).map((key): [Count, number] => [key, Number(from[key] ?? 0)]);
  const errors = Array.isArray(result["errors"]) ? (result["errors"] as Partial<RowError>[]) : [];
  return {
    dryRun: result["dry_run"] === true,
    counts,
    errors: errors.map((error) => ({ file: error.file ?? "", line: error.line ?? null, message: error.message ?? "" })),
    errorsTotal: Number(result["errors_total"] ?? errors.length),
  };
}
