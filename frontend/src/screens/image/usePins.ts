/** The letters that mark labels: the lead's and this person's own. */
import { useCallback, useMemo } from "react";

import type { Label } from "../../api/types";
import { pinsOf } from "../../keys/bindings";
import { useKeyPreferences } from "../../keys/useKeys";
import { usePreference } from "../../prefs/usePreference";

const NONE: Readonly<Record<string, number>> = {};

export function usePins(project: number, labels: readonly Label[]) {
  const [preferences] = useKeyPreferences();
  const [own, setOwn] = usePreference(`pins.${project.toString()}`, NONE);
  const { letters } = useMemo(() => pinsOf(labels, own, preferences), [labels, own, preferences]);
  const byLabel = useMemo(() => new Map([...letters].map(([letter, label]) => [label, letter])), [letters]);
  const pin = useCallback(
    (letter: string | null, label: number) =>
      setOwn((before) => {
        const others = Object.entries(before).filter(([, id]) => id !== label);
        return Object.fromEntries(letter === null ? others : [...others, [letter, label]]);
      }),
    [setOwn],
  );
  return { letters, byLabel, own, pin };
}
