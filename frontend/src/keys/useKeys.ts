/**
 * Binds handlers to the actions of the table: `useKeys("image", { undo: () => ..., heat: (down) => ... })`.
 *
 * Keys rest while a dialog or a menu is open or somebody types in a field. `other` gets the chords the table does not
 * name (pinned letters). A handler of a `hold` action is called with true on press and false on release. A held key acts
 * once; only the actions that the table says may repeat go on.
 */
import { useCallback, useEffect, useMemo, useRef } from "react";

import { usePreference } from "../prefs/usePreference";
import { addView } from "./active";
import { bindingsFor, chordsById, STANDARD } from "./bindings";
import type { KeyPreferences } from "./bindings";
import { chordOf, chordsOfPress, printed } from "./chord";
import type { KeyId, KeyIdOf, Scope } from "./table";

type Handler = (down: boolean) => void;

export type Handlers<S extends Scope = Scope> = Readonly<Partial<Record<KeyIdOf<S>, Handler | undefined>>>;

/** The person's own keys, and how to change them. */
export function useKeyPreferences() {
  return usePreference<KeyPreferences>("keys", STANDARD);
}

/** The key of an action as it is painted beside it. */
export type Hint = (id: KeyId) => string;

export function useHint(): Hint {
  const [preferences] = useKeyPreferences();
  return useCallback((id) => printed(chordsById(id, preferences)[0] ?? ""), [preferences]);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["button", "checkbox", "radio", "range"].includes(target.type);
}

/** Whether focus got where it is by the keyboard; a button clicked a moment ago must not swallow the next Enter. */
let walkedByKeyboard = false;
window.addEventListener("keydown", (event) => (walkedByKeyboard ||= event.key === "Tab"), true);
window.addEventListener("pointerdown", () => (walkedByKeyboard = false), true);

/** Enter and Space on a button or link that was walked to press that, and nothing else. */
function pressesWidget(target: EventTarget | null, chord: string | null): boolean {
  if ((chord !== "Enter" && chord !== "Space") || !walkedByKeyboard) return false;
  return (
    target instanceof HTMLElement && target.closest("button, a[href], summary, [role=button], [role=menuitem]") !== null
  );
}

/** A slider or a group of choices that has the focus keeps the keys that move it. */
function movesWidget(target: EventTarget | null, key: string): boolean {
  if (!/^(Arrow|Home|End|Page)/.test(key) || !(target instanceof HTMLElement)) return false;
  return (
    target.matches("input[type=range], input[type=radio]") ||
    target.closest("[role=radiogroup], [role=tablist]") !== null
  );
}

/** Letters typed in an open menu or list choose in it. */
function choosesInMenu(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("[role=menu], [role=listbox]") !== null;
}

function isRest(event: KeyboardEvent): boolean {
  const { target } = event;
  if (
    isTyping(target) ||
    movesWidget(target, event.key) ||
    choosesInMenu(target) ||
    pressesWidget(target, chordOf(event))
  )
    return true;
  return isCovered();
}

/** A dialog is over the page. */
function isCovered(): boolean {
  return document.querySelector("[role=dialog], [role=alertdialog]") !== null;
}

export function useKeys<S extends Scope>(scope: S, handlers: Handlers<S>, other?: (chord: string) => boolean): void {
  const [preferences] = useKeyPreferences();
  const bindings = useMemo(() => bindingsFor(scope, preferences), [scope, preferences]);
  const latest = useRef({ handlers, other, bindings });
  useEffect(() => {
    latest.current = { handlers, other, bindings };
  });

  useEffect(() => {
    const held = new Map<string, KeyId>();
    const handlerOf = (id: KeyId): Handler | undefined => (latest.current.handlers as Handlers)[id as KeyIdOf<Scope>];
    const take = (event: KeyboardEvent, chord: string): boolean => {
      const action = latest.current.bindings.get(chord);
      const handler = action && handlerOf(action.id);
      if (!action || !handler) return !event.repeat && latest.current.other?.(chord) === true;
      if (event.repeat && !action.repeats) return true;
      if (action.hold) held.set(event.code, action.id);
      handler(true);
      return true;
    };
    const press = (event: KeyboardEvent) => {
      const chords = chordsOfPress(event);
      const isAnywhere = chords.some((chord) => latest.current.bindings.get(chord)?.inFields);
      if (chords.length === 0 || (isAnywhere ? isCovered() : isRest(event))) return;
      if (!chords.some((chord) => take(event, chord))) return;
      event.preventDefault();
      event.stopPropagation();
    };
    const release = (event: KeyboardEvent) => {
      const id = held.get(event.code);
      if (id === undefined) return;
      held.delete(event.code);
      handlerOf(id)?.(false);
    };
    const releaseAll = () => {
      for (const id of held.values()) handlerOf(id)?.(false);
      held.clear();
    };
    const removeView = addView(handlerOf);
    // Captured: a widget that was only clicked would otherwise take Enter and Space for itself.
    window.addEventListener("keydown", press, true);
    window.addEventListener("keyup", release);
    window.addEventListener("blur", releaseAll);
    return () => {
      removeView();
      releaseAll();
      window.removeEventListener("keydown", press, true);
      window.removeEventListener("keyup", release);
      window.removeEventListener("blur", releaseAll);
    };
  }, []);
}
