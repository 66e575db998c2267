/**
 * State that outlives its screen, as long as the tab is open: whoever leaves for a picture and comes back finds what they
 * had begun. `const [said, say] = useKept("page", NOTHING)`; a value per name and person.
 */
import { useEffect, useRef, useState } from "react";
import type { Dispatch, SetStateAction } from "react";

import { useSession } from "../api/session";

const kept = new Map<string, unknown>();

function keyOf(person: number | undefined, name: string): string {
  return `${(person ?? 0).toString()} ${name}`;
}

export function useKept<T>(name: string, initial: T): [T, Dispatch<SetStateAction<T>>] {
  const { person } = useSession();
  const key = keyOf(person?.id, name);
  const [value, set] = useState<T>(() => (kept.has(key) ? (kept.get(key) as T) : initial));
  useEffect(() => {
    kept.set(key, value);
  }, [key, value]);
  return [value, set];
}

/** Forget the value when the screen is left while `when` holds: nothing had been begun. */
export function useForget(name: string, when: boolean): void {
  const { person } = useSession();
  const key = keyOf(person?.id, name);
  const latest = useRef(when);
  useEffect(() => {
    latest.current = when;
  });
  useEffect(
    () => () => {
      if (latest.current) kept.delete(key);
    },
    [key],
  );
}
