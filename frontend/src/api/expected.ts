/** Present marks still expected in all labels together, as far as more than their names is known; null when of none. */
import type { Progress } from "./types";

export function moreExpected({ labels }: Progress): number | null {
  const told = labels.flatMap((row) => (row.expected_left ? [row.expected_left.value] : []));
  return told.length === 0 ? null : told.reduce((sum, value) => sum + value, 0);
}
