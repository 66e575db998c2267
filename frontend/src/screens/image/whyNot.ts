/** Why a suggestion is not among those that accepting takes, and what is missing, in plain words. */
import type { Cell, Label } from "../../api/types";
import { counted } from "../../ui/numbers";
import { percent } from "../../ui/State";

/** Null where nothing is to be explained: no suggestion of "present", or one that is sure enough. */
export function whyNot(cell: Cell, label: Label, wanted: number): string | null {
  if (cell.value !== 0 || cell.cant_tell || cell.score === null || cell.score < 0.5) return null;
  const { accept_present: from, accept_needs: needed, positives } = label;
  if (from !== null) {
    return cell.score >= from
      ? null
      : `Offered from ${exactly(from)} on, where ${percent(wanted)} have been right; this is ${exactly(cell.score)}.`;
  }
  if (positives < needed) {
    return `Not offered yet: ${percent(wanted)} right can be promised from ${counted(needed, "picture")} marked present on; so far ${counted(positives, "is", "are")}.`;
  }
  return `Not offered yet: on the pictures already marked, too few of its suggestions were right to promise ${percent(wanted)}. More marks, above all where it is wrong, mend that.`;
}

function exactly(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
