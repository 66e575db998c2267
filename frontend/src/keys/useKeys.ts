/**
 * Binds handlers to the actions of the table: `useKeys("image", { undo: () => ..., heat: (down) => ... })`.
 *
 * Keys rest while a dialog is open or somebody types in a field. `other` gets the chords the table does not name
 * (pinned letters). A handler of a `hold` action is called with true on press and false on release.
 */
import { useEffect, useMemo, useRef } from "react";

import { usePreference } from "../prefs/usePreference";
import { bindingsFor, STANDARD } from "./bindings";
import type { KeyPreferences } from "./bindings";
import { chordOf } from "./chord";
import type { Scope } from "./table";

export type Handlers = Readonly<Record<string, ((down: boolean) => void) | undefined>>;

/** The person's own keys, and how to change them. */
export function useKeyPreferences() {
  return usePreference<KeyPreferences>("keys", STANDARD);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["button", "checkbox", "radio", "range"].includes(target.type);
}

/** Whether focus got where it is by the keyboard; a button clicked a moment ago must not swallow the next Enter. */
let walkedByKeyboard = false;
window.addEventListener("keydown", (event) => (walkedByKeyboard ||= event.key === "Tab"), true);
window.addEventListener("pointerdown", () => (walkedByKeyboard = false), true);

/** Enter and Space on a button or link that was walked to press that, and nothing else. */
function pressesWidget(target: EventTarget | null, chord: string): boolean {
  if ((chord !== "Enter" && chord !== "Space") || !walkedByKeyboard) return false;
  return target instanceof HTMLElement && target.closest("button, a[href], summary, [role=button], [role=menuitem]") !== null;
}

/** A slider or a group of choices that has the focus keeps the keys that move it. */
function movesWidget(target: EventTarget | null, key: string): boolean {
  if (!/^(Arrow|Home|End|Page)/.test(key) || !(target instanceof HTMLElement)) return false;
  return target.matches("input[type=range], input[type=radio]") || target.closest("[role=radiogroup], [role=tablist]") !== null;
}

function isRest(event: KeyboardEvent): boolean {
  return isTyping(event.target) || movesWidget(event.target, event.key) || document.querySelector("[role=dialog], [role=alertdialog]") !== null;
}

export function useKeys(scope: Scope, handlers: Handlers, other?: (chord: string) => boolean): void {
  const [preferences] = useKeyPreferences();
  const bindings = useMemo(() => bindingsFor(scope, preferences), [scope, preferences]);
  const latest = useRef({ handlers, other, bindings });
  useEffect(() => {
    latest.current = { handlers, other, bindings };
  });

  useEffect(() => {
    const held = new Map<string, string>();
    const press = (event: KeyboardEvent) => {
      const chord = chordOf(event);
      if (chord === null || isRest(event) || pressesWidget(event.target, chord)) return;
      const action = latest.current.bindings.get(chord);
      const handler = action && latest.current.handlers[action.id];
      if (action && handler) {
        event.preventDefault();
        event.stopPropagation();
        if (event.repeat && (action.hold || action.fixed)) return;
        if (action.hold) held.set(event.code, action.id);
        handler(true);
      } else if (!event.repeat && latest.current.other?.(chord)) {
        event.preventDefault();
      }
    };
    const release = (event: KeyboardEvent) => {
      const id = held.get(event.code);
      if (id === undefined) return;
      held.delete(event.code);
      latest.current.handlers[id]?.(false);
    };
    const releaseAll = () => {
      for (const id of held.values()) latest.current.handlers[id]?.(false);
      held.clear();
    };
    // Captured: a widget that was only clicked would otherwise take Enter and Space for itself.
    window.addEventListener("keydown", press, true);
    window.addEventListener("keyup", release);
    window.addEventListener("blur", releaseAll);
    return () => {
      window.removeEventListener("keydown", press, true);
      window.removeEventListener("keyup", release);
      window.removeEventListener("blur", releaseAll);
    };
  }, []);
}
