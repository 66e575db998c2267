/**
 * Chords: how a key press is written. "Shift+3", "c", "?", "Mod+z", "ArrowLeft". Digits go by their place on the
 * keyboard, so that they work on layouts where a digit needs Shift; everything else by what is printed on the key, and
 * a letter of another alphabet by its place as well, so that the keys work without switching the layout.
 */

export interface KeyPress {
  key: string;
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** Only "AltGraph" is asked for. */
  getModifierState?: (modifier: string) => boolean;
}

const MODIFIERS = new Set([
  "Shift",
  "Control",
  "Alt",
  "Meta",
  "AltGraph",
  "CapsLock",
  "Dead",
  "Process",
  "Unidentified",
]);
/** Many layouts reach these only by AltGr or Option, on a digit. */
const THIRD_LEVEL = new Set(["[", "]", "{", "}"]);

/** The chord of a key press, or null for a bare modifier and for combinations that belong to the browser. */
export function chordOf(press: KeyPress): string | null {
  if (MODIFIERS.has(press.key)) return null;
  const thirdLevel = press.altKey || press.getModifierState?.("AltGraph") === true;
  if (thirdLevel) return THIRD_LEVEL.has(press.key) ? press.key : null;
  const mod = press.ctrlKey || press.metaKey ? "Mod+" : "";
  const digit = digitOf(press);
  if (digit !== undefined) return `${mod}${press.shiftKey ? "Shift+" : ""}${digit}`;
  const key = press.key === " " ? "Space" : press.key;
  const plain = key.length === 1 ? key.toLowerCase() : key;
  const shifts = press.shiftKey && (key.length > 1 || key.toLowerCase() !== key.toUpperCase());
  return `${mod}${shifts ? "Shift+" : ""}${plain}`;
}

/** What a press may be taken for, first what is printed on the key: on a Cyrillic or Greek keyboard, also its place. */
export function chordsOfPress(press: KeyPress): readonly string[] {
  const chord = chordOf(press);
  if (chord === null) return [];
  const letter = /^Key([A-Z])$/.exec(press.code)?.[1];
  const isForeign = letter !== undefined && /^\P{ASCII}$/u.test(press.key);
  return isForeign
    ? [chord, chordOf({ ...press, key: letter.toLowerCase(), getModifierState: undefined }) ?? chord]
    : [chord];
}

/** With Num Lock off, the number pad moves. */
function digitOf(press: KeyPress): string | undefined {
  const found = /^(Digit|Numpad)(\d)$/.exec(press.code);
  return found?.[1] === "Numpad" && found[2] !== press.key ? undefined : found?.[2];
}

const PRINTED: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Enter: "↵",
  Escape: "Esc",
  Backspace: "⌫",
  Mod: typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.platform) ? "⌘" : "Ctrl",
};

/** A chord as it is painted on the page. */
export function printed(chord: string): string {
  return chord
    .split(/\+(?=.)/)
    .map((part) => PRINTED[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(" ");
}
