import { expect, test } from "vitest";

import { bindingsFor, chordsOf, pinClash, pinsOf, rivalOf, STANDARD } from "./bindings";
import type { KeyPreferences, Preset } from "./bindings";
import { chordOf, chordsOfPress, printed } from "./chord";
import { KEY_TABLE } from "./table";
import type { KeyId } from "./table";

function press(key: string, code: string, held: { shift?: boolean; ctrl?: boolean; alt?: boolean } = {}) {
  return {
    key,
    code,
    shiftKey: held.shift ?? false,
    ctrlKey: held.ctrl ?? false,
    metaKey: false,
    altKey: held.alt ?? false,
  };
}

test("an id that is not in the table does not compile", () => {
  const known: KeyId = "undo";
  // @ts-expect-error: no row has this id.
  const mistyped: KeyId = "undoo";
  expect(KEY_TABLE.map(({ id }) => id)).toContain(known);
  expect(KEY_TABLE.map(({ id }) => id)).not.toContain(mistyped);
});

test("digits go by their place on the keyboard, whatever the layout prints there", () => {
  expect(chordOf(press("1", "Digit1"))).toBe("1");
  expect(chordOf(press("&", "Digit1"))).toBe("1");
  expect(chordOf(press("!", "Digit1", { shift: true }))).toBe("Shift+1");
  expect(chordOf(press("7", "Numpad7"))).toBe("7");
});

test("letters go by what is printed, with Shift as a chord of its own; marks of punctuation swallow Shift", () => {
  expect(chordOf(press("a", "KeyQ"))).toBe("a");
  expect(chordOf(press("U", "KeyU", { shift: true }))).toBe("Shift+u");
  expect(chordOf(press("?", "Slash", { shift: true }))).toBe("?");
  expect(chordOf(press(" ", "Space", { shift: true }))).toBe("Shift+Space");
  expect(chordOf(press("Z", "KeyZ", { shift: true, ctrl: true }))).toBe("Mod+Shift+z");
});

test("what other layouts reach by AltGr or Option is the bracket that is printed, never the digit it stands on", () => {
  const altGr = { ...press("[", "Digit8"), getModifierState: (name: string) => name === "AltGraph" };
  expect(chordOf(altGr)).toBe("[");
  expect(chordOf(press("]", "Digit9", { ctrl: true, alt: true }))).toBe("]");
  expect(chordOf({ ...altGr, key: "€", code: "KeyE" })).toBeNull();
});

test("the number pad moves while Num Lock is off", () => {
  expect(chordOf(press("Home", "Numpad7"))).toBe("Home");
  expect(chordOf(press("ArrowUp", "Numpad8", { shift: true }))).toBe("Shift+ArrowUp");
});

test("a letter of another alphabet is tried as printed, then by its place", () => {
  expect(chordsOfPress(press("с", "KeyC"))).toEqual(["с", "c"]);
  expect(chordsOfPress(press("Г", "KeyU", { shift: true }))).toEqual(["Shift+г", "Shift+u"]);
  expect(chordsOfPress(press("z", "KeyY"))).toEqual(["z"]);
});

test("what repeats while it is held writes nothing: it moves, or changes how something looks", () => {
  const repeating = KEY_TABLE.filter((action) => action.repeats).map((action) => action.id);
  expect(
    repeating.filter((id) => !/^(row|tile|reach|cut|doubt|zoom|pan)-|^(brighter|darker)$|^contrast-/.test(id)),
  ).toEqual([]);
  expect(repeating.filter((id) => /present|absent|keep|skip|flip|commit|confirm/.test(id))).toEqual([]);
  expect(KEY_TABLE.filter((action) => action.repeats && action.hold)).toEqual([]);
});

test("bare modifiers and Alt combinations are left to the browser", () => {
  expect(chordOf(press("Shift", "ShiftLeft", { shift: true }))).toBeNull();
  expect(chordOf(press("d", "KeyD", { alt: true }))).toBeNull();
});

test("chords are painted as people know them", () => {
  expect(printed("Shift+Enter")).toBe("Shift ↵");
  expect(printed("Mod+z")).toBe("Ctrl Z");
  expect(printed("+")).toBe("+");
});

test.each<Preset>(["standard", "left-hand"])("no key of the %s preset does two things in one place", (preset) => {
  const preferences: KeyPreferences = { preset, own: {} };
  for (const action of KEY_TABLE) {
    for (const chord of chordsOf(action, preferences)) {
      expect(rivalOf(action.id, chord, preferences)?.id, `${chord} of ${action.id}`).toBeUndefined();
    }
  }
});

test("the server refuses for labels exactly the letters that the table needs in the image view", async () => {
  const letters = [...bindingsFor("image", STANDARD).keys()].filter((chord) => /^[a-z]$/.test(chord)).sort();
  // `npx vitest run -u` writes the file anew after a change of the table.
  await expect(`${JSON.stringify(letters)}\n`).toMatchFileSnapshot("../../../annotator/reserved_keys.json");
});

test("a person's own key replaces the preset's, and the old one is free again", () => {
  const preferences: KeyPreferences = { preset: "standard", own: { close: ["q"] } };
  const bindings = bindingsFor("image", preferences);
  expect(bindings.get("q")?.id).toBe("close");
  expect(bindings.has("c")).toBe(false);
});

test("a key that is taken is refused, naming who has it; the same key on another screen is free", () => {
  expect(rivalOf("rotate", "c", STANDARD)?.id).toBe("close");
  expect(rivalOf("rotate", "?", STANDARD)?.id).toBe("help");
  expect(rivalOf("rotate", "p", STANDARD)).toBeUndefined();
});

test("no key of the work may answer a blind question, which comes in its place", () => {
  expect(rivalOf("next", "Shift+y", STANDARD)?.id).toBe("answer-yes");
  expect(rivalOf("answer-no", "n", STANDARD)?.id).toBe("next");
  expect(rivalOf("answer-no", "p", STANDARD)?.id).toBe("all-present");
  expect(rivalOf("answer-no", "m", STANDARD)).toBeUndefined();
});

const LABELS = [
  { id: 1, name: "sea", key: "e" },
  { id: 2, name: "boat", key: "" },
  { id: 3, name: "street", key: "c" },
];

test("letters of the lead and of the person mark labels, unless the table needs them", () => {
  const { letters } = pinsOf(LABELS, { o: 2 }, STANDARD);
  expect(Object.fromEntries(letters)).toEqual({ e: 1, o: 2 });
});

test("pinning refuses digits, reserved letters and letters of other labels, naming the rival", () => {
  expect(pinClash("4", 2, LABELS, {}, STANDARD)).toContain("digits belong to the rows");
  expect(pinClash("c", 2, LABELS, {}, STANDARD)).toContain("Close the image");
  expect(pinClash("e", 2, LABELS, {}, STANDARD)).toContain("“sea”".replace(/[“”]/g, '"'));
  expect(pinClash("e", 1, LABELS, {}, STANDARD)).toBeNull();
  expect(pinClash("g", 2, LABELS, {}, STANDARD)).toBeNull();
});
