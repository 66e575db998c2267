/**
 * From the table, a preset, a person's own changes and pinned letters to what each chord does; and what clashes.
 * Pure functions, so that binding, painting, help and the remapping dialog cannot disagree.
 */
import { KEY_TABLE } from "./table";
import type { KeyAction, KeyId, Scope } from "./table";

export type Preset = "standard" | "left-hand";

export interface KeyPreferences {
  preset: Preset;
  /** Action id -> chords that replace those of the preset. */
  own: Readonly<Partial<Record<KeyId, readonly string[]>>>;
}

export const STANDARD: KeyPreferences = { preset: "standard", own: {} };

/** The chords of one action for this person. */
export function chordsOf(action: KeyAction, preferences: KeyPreferences): readonly string[] {
  const preset = preferences.preset === "left-hand" ? (action.leftHand ?? action.chords) : action.chords;
  return preferences.own[action.id] ?? preset;
}

/** The chords of the action with this id; the first is the one painted on buttons. */
export function chordsById(id: KeyId, preferences: KeyPreferences): readonly string[] {
  const action = KEY_TABLE.find((candidate) => candidate.id === id);
  return action ? chordsOf(action, preferences) : [];
}

function meet(one: Scope, other: Scope): boolean {
  return one === other || one === "everywhere" || other === "everywhere";
}

/** Whether a key of one scope may be pressed for the other: a blind question takes the place of a picture or page. */
function rival(one: Scope, other: Scope): boolean {
  const isOf = (scope: Scope) => scope === "image" || scope === "label";
  return meet(one, other) || (one === "question" && isOf(other)) || (other === "question" && isOf(one));
}

/** Chord -> action for one scope, with what works everywhere. */
export function bindingsFor(scope: Scope, preferences: KeyPreferences): Map<string, KeyAction> {
  const bindings = new Map<string, KeyAction>();
  for (const action of KEY_TABLE) {
    if (!meet(action.scope, scope)) continue;
    for (const chord of chordsOf(action, preferences)) bindings.set(chord, action);
  }
  return bindings;
}

export interface Pins {
  /** Letter -> label id. */
  letters: ReadonlyMap<string, number>;
}

/**
 * The letters that mark a label: those of the lead, then this person's own, which win. A letter that the table needs
 * marks nothing.
 */
export function pinsOf(
  labels: readonly { id: number; key: string }[],
  own: Readonly<Record<string, number>>,
  preferences: KeyPreferences,
): Pins {
  const bound = bindingsFor("image", preferences);
  const letters = new Map<string, number>();
  for (const label of labels) if (label.key) letters.set(label.key.toLowerCase(), label.id);
  for (const [letter, label] of Object.entries(own)) letters.set(letter, label);
  for (const letter of [...letters.keys()]) {
    if (bound.has(letter) || bound.has(`Shift+${letter}`)) letters.delete(letter);
  }
  return { letters };
}

/** The action that already owns a chord somewhere the given action also works; undefined when it is free. */
export function rivalOf(actionId: KeyId, chord: string, preferences: KeyPreferences): KeyAction | undefined {
  const wanted = KEY_TABLE.find((action) => action.id === actionId);
  return KEY_TABLE.find(
    (action) =>
      action.id !== actionId &&
      rival(action.scope, wanted?.scope ?? "everywhere") &&
      chordsOf(action, preferences).includes(chord),
  );
}

/** What stops a letter from being pinned to a label, as a sentence that names the rival; null when nothing does. */
export function pinClash(
  letter: string,
  label: number,
  labels: readonly { id: number; name: string; key: string }[],
  own: Readonly<Record<string, number>>,
  preferences: KeyPreferences,
): string | null {
  if (!/^\p{Letter}$/u.test(letter)) return "Pin a single letter; digits belong to the rows.";
  const bound = bindingsFor("image", preferences);
  const action = bound.get(letter) ?? bound.get(`Shift+${letter}`);
  if (action) return `"${letter.toUpperCase()}" is taken: ${action.text}. Choose another letter.`;
  const other = own[letter] ?? labels.find((candidate) => candidate.key.toLowerCase() === letter)?.id;
  const rival = labels.find((candidate) => candidate.id === other);
  return rival && rival.id !== label
    ? `"${letter.toUpperCase()}" already marks "${rival.name}". Choose another letter.`
    : null;
}
