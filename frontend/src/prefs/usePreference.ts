/**
 * What a person likes, remembered on this device per person: `const [value, set] = usePreference("zoom", 1)`.
 * All components (and tabs) that name the same preference see the change at once.
 */
import { useCallback, useMemo, useSyncExternalStore } from "react";

import { useSession } from "../api/session";

const listeners = new Map<string, Set<() => void>>();

function notify(name: string): void {
  listeners.get(name)?.forEach((listener) => listener());
}

window.addEventListener("storage", (event) => {
  if (event.key) notify(event.key);
});

function subscribeTo(name: string) {
  return (listener: () => void) => {
    const own = listeners.get(name) ?? new Set();
    listeners.set(name, own.add(listener));
    return () => own.delete(listener);
  };
}

export function usePreference<T>(name: string, fallback: T): [T, (value: T | ((before: T) => T)) => void] {
  const { person } = useSession();
  const key = `tern.${(person?.id ?? 0).toString()}.${name}`;
  const subscribe = useMemo(() => subscribeTo(key), [key]);
  const text = useSyncExternalStore(subscribe, () => localStorage.getItem(key));
  const value = useMemo(() => parse(text, fallback), [text, fallback]);
  const set = useCallback(
    (change: T | ((before: T) => T)) => {
      const before = parse(localStorage.getItem(key), fallback);
      const after = typeof change === "function" ? (change as (before: T) => T)(before) : change;
      localStorage.setItem(key, JSON.stringify(after));
      notify(key);
    },
    [key, fallback],
  );
  return [value, set];
}

function parse<T>(text: string | null, fallback: T): T {
  if (text === null) return fallback;
  try {
    return JSON.parse(text) as T;
  } catch {
    return fallback;
  }
}
