/** Whether a person is still new to a view: a sentence about how it works stands there until they have acted a few times. */
import { useCallback } from "react";

import { usePreference } from "./usePreference";

const FEW = 3;

export function useFirstActs(view: "image" | "label"): { isNew: boolean; count: () => void } {
  const [acts, setActs] = usePreference<number>(`first-acts.${view}`, 0);
  const count = useCallback(() => setActs((before) => Math.min(FEW, before + 1)), [setActs]);
  return { isNew: acts < FEW, count };
}
