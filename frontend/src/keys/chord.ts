/**
 * Chords: how a key press is written. "Shift+3", "c", "?", "Mod+z", "ArrowLeft". Digits go by their place on the
 * keyboard, so that they work on layouts where a digit needs Shift; everything else by what is printed on the key.
 */

export interface KeyPress {
  key: string;
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Process"]);

/** The chord of a key press, or null for a bare modifier and for combinations that belong to the browser. */
export function chordOf(press: KeyPress): string | null {
  if (MODIFIERS.has(press.key) || press.altKey) return null;
  const mod = press.ctrlKey || press.metaKey ? "Mod+" : "";
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(press.code)?.[1];
  if (digit !== undefined) return `${mod}${press.shiftKey ? "Shift+" : ""}${digit}`;
  const key = press.key === " " ? "Space" : press.key;
  const plain = key.length === 1 ? key.toLowerCase() : key;
  const shifts = press.shiftKey && (key.length > 1 || key.toLowerCase() !== key.toUpperCase());
  return `${mod}${shifts ? "Shift+" : ""}${plain}`;
}

const PRINTED: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Enter: "↵",
  Escape: "Esc",
  Backspace: "⌫",
  Mod: "Ctrl",
};

/** A chord as it is painted on the page. */
export function printed(chord: string): string {
  return chord
    .split(/\+(?=.)/)
    .map((part) => PRINTED[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(" ");
}
