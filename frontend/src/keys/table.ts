/**
 * The one table of keys. It binds them, paints them, fills the help and the palette, and is what a remapping is checked against.
 * Add an action here, then give `useKeys` a handler under its id; nothing else knows a key. A mistyped id does not compile.
 */

export type Scope = "everywhere" | "image" | "label" | "question" | "doubts" | "closing";

export interface KeyAction<Id extends string = KeyId> {
  id: Id;
  scope: Scope;
  group: string;
  /** What it does, as a sentence fragment for the help. */
  text: string;
  chords: readonly string[];
  /** A second set for people who keep the right hand on the mouse. */
  leftHand?: readonly string[];
  /** Acts while held: the handler hears of the release too. */
  hold?: boolean;
  /** Goes on acting while its key is held. Only what moves or looks may: a held key must never write twice. */
  repeats?: boolean;
  /** Works while somebody types in a field, too. */
  inFields?: boolean;
  /** The digits of the rows are one family: not remapped one by one, and one line of the help. */
  fixed?: boolean;
  family?: { chords: readonly [first: string, last: string]; text: string };
}

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"] as const;

export type RowKeyId = `${"present" | "absent"}-${number}`;

function rowActions(): KeyAction<RowKeyId>[] {
  return DIGITS.flatMap((digit, row): KeyAction<RowKeyId>[] => {
    const line = (text: string, prefix: string) =>
      row === 0
        ? {
            family: {
              chords: [`${prefix}1`, `${prefix}0`] as const,
              text: `The first ten rows: ${text}; again: unknown`,
            },
          }
        : {};
    const common = { scope: "image" as const, group: "Labels", fixed: true };
    return [
      { id: `present-${row}`, ...common, text: `row ${digit} present`, chords: [digit], ...line("present", "") },
      {
        id: `absent-${row}`,
        ...common,
        text: `row ${digit} absent`,
        chords: [`Shift+${digit}`],
        ...line("absent", "Shift+"),
      },
    ];
  });
}

// One row a line, as a table is read.
// prettier-ignore
const EVERYWHERE = [
  { id: "help", scope: "everywhere", group: "Everywhere", text: "Show the keys", chords: ["?"] },
  { id: "palette", scope: "everywhere", group: "Everywhere", text: "Go to a page, label or picture, or do anything, by typing", chords: ["Mod+k"], inFields: true },
  { id: "undo", scope: "everywhere", group: "Everywhere", text: "Undo, without limit", chords: ["u", "Mod+z"], leftHand: ["z", "Mod+z"] },
  { id: "redo", scope: "everywhere", group: "Everywhere", text: "Do again", chords: ["Shift+u", "Mod+Shift+z"], leftHand: ["Shift+z", "Mod+Shift+z"] },
] as const satisfies readonly KeyAction<string>[];

// One row a line, as a table is read.
// prettier-ignore
const BY_VIEW = [
  { id: "row-down", scope: "image", group: "Labels", text: "Next row", chords: ["ArrowDown", "j"], leftHand: ["ArrowDown", "s"], repeats: true },
  { id: "row-up", scope: "image", group: "Labels", text: "Row before", chords: ["ArrowUp", "k"], leftHand: ["ArrowUp", "w"], repeats: true },
  { id: "row-present", scope: "image", group: "Labels", text: "Row under the cursor: present", chords: ["Space"] },
  { id: "row-absent", scope: "image", group: "Labels", text: "Row under the cursor: absent", chords: ["Shift+Space"] },
  { id: "cant-tell", scope: "image", group: "Labels", text: "Row under the cursor: can't tell", chords: ["."], leftHand: ["x"] },
  { id: "find", scope: "image", group: "Labels", text: "Find a label by name, synonym or rule", chords: ["/"], leftHand: ["f", "/"] },
  { id: "rule", scope: "image", group: "Labels", text: "Rule card of the label", chords: ["i"], leftHand: ["g"] },
  { id: "cell-history", scope: "image", group: "Labels", text: "Who marked it, when and how", chords: ["y"], leftHand: ["Shift+g"] },
  { id: "close-card", scope: "image", group: "Labels", text: "Put the card away", chords: ["Escape"] },
  { id: "pin", scope: "image", group: "Labels", text: "Pin a letter to the label", chords: ["l"], leftHand: ["Shift+f"] },
  { id: "fold", scope: "image", group: "Labels", text: "Show or fold the labels suggested absent", chords: ["a"], leftHand: ["v"] },
  { id: "sort", scope: "image", group: "Labels", text: "Sort the rows by the newest suggestions", chords: ["s"], leftHand: ["Shift+s"] },
  { id: "accept", scope: "image", group: "Image", text: "Accept the suggestions on screen above their threshold", chords: ["Enter"], leftHand: ["e", "Enter"] },
  { id: "accept-all", scope: "image", group: "Image", text: "Accept those on screen suggested absent too", chords: ["Shift+Enter"], leftHand: ["Shift+e", "Shift+Enter"] },
  { id: "accept-suggested", scope: "image", group: "Image", text: "Accept all that is suggested present, sure enough or not", chords: ["Mod+Enter"] },
  { id: "close", scope: "image", group: "Image", text: "Close the image: the rest is absent", chords: ["c"] },
  { id: "next", scope: "image", group: "Image", text: "Next image", chords: ["ArrowRight", "n"], leftHand: ["d", "ArrowRight"] },
  { id: "previous", scope: "image", group: "Image", text: "Image before", chords: ["ArrowLeft", "b"], leftHand: ["a", "ArrowLeft"] },
  { id: "heat", scope: "image", group: "Picture", text: "Hold: where the model looks for the label", chords: ["h"], leftHand: ["q"], hold: true },
  { id: "zoom", scope: "image", group: "Picture", text: "Whole picture or pixel by pixel", chords: ["z"], leftHand: ["t"] },
  { id: "zoom-in", scope: "image", group: "Picture", text: "Closer", chords: ["+", "="], repeats: true },
  { id: "zoom-out", scope: "image", group: "Picture", text: "Farther", chords: ["-"], repeats: true },
  { id: "pan-left", scope: "image", group: "Picture", text: "Look further left", chords: ["Shift+ArrowLeft"], repeats: true },
  { id: "pan-right", scope: "image", group: "Picture", text: "Look further right", chords: ["Shift+ArrowRight"], repeats: true },
  { id: "pan-up", scope: "image", group: "Picture", text: "Look further up", chords: ["Shift+ArrowUp"], repeats: true },
  { id: "pan-down", scope: "image", group: "Picture", text: "Look further down", chords: ["Shift+ArrowDown"], repeats: true },
  { id: "rotate", scope: "image", group: "Picture", text: "Turn by a quarter", chords: ["r"] },
  { id: "brighter", scope: "image", group: "Picture", text: "Brighter", chords: ["]"], repeats: true },
  { id: "darker", scope: "image", group: "Picture", text: "Darker", chords: ["["], repeats: true },
  { id: "contrast-more", scope: "image", group: "Picture", text: "More contrast", chords: ["}"], repeats: true },
  { id: "contrast-less", scope: "image", group: "Picture", text: "Less contrast", chords: ["{"], repeats: true },
  { id: "invert", scope: "image", group: "Picture", text: "Invert", chords: ["v"], leftHand: ["Shift+v"] },
  { id: "reset-picture", scope: "image", group: "Picture", text: "Picture as it is", chords: ["x"], leftHand: ["Shift+x"] },
  { id: "close-present", scope: "closing", group: "Closing an image with suggestions", text: "They are present, the rest is absent", chords: ["Enter"], leftHand: ["e", "Enter"] },
  { id: "close-absent", scope: "closing", group: "Closing an image with suggestions", text: "They are absent too", chords: ["Shift+c"] },
  { id: "close-back", scope: "closing", group: "Closing an image with suggestions", text: "Back to the picture", chords: ["Escape"] },
  { id: "commit-page", scope: "label", group: "Page of one label", text: "Commit the page", chords: ["Enter"], leftHand: ["e", "Enter"] },
  { id: "cut-here", scope: "label", group: "Page of one label", text: "Cut after the tile under pointer or cursor", chords: ["c"] },
  { id: "cut-earlier", scope: "label", group: "Page of one label", text: "Cut line one tile back", chords: ["["], repeats: true },
  { id: "cut-later", scope: "label", group: "Page of one label", text: "Cut line one tile on", chords: ["]"], repeats: true },
  { id: "cut-commit", scope: "label", group: "Page of one label", text: "Cut after the tile under pointer or cursor, and commit", chords: ["Shift+Enter"], leftHand: ["Shift+e", "Shift+Enter"] },
  { id: "overwrite-page", scope: "label", group: "Page of one label", text: "Overwrite the marked tiles you changed", chords: ["Mod+Enter"] },
  { id: "all-present", scope: "label", group: "Page of one label", text: "All tiles present", chords: ["p"], leftHand: ["r"] },
  { id: "all-absent", scope: "label", group: "Page of one label", text: "All tiles absent", chords: ["a"] },
  { id: "tile-flip", scope: "label", group: "Page of one label", text: "Flip the tile under the cursor", chords: ["Space"] },
  { id: "tile-keep", scope: "label", group: "Page of one label", text: "Keep the tile as shown, wherever the cut ends (also Alt+click)", chords: ["k"], leftHand: ["v"] },
  { id: "tile-skip", scope: "label", group: "Page of one label", text: "Leave the tile unknown", chords: ["."], leftHand: ["x"] },
  { id: "tile-bigger", scope: "label", group: "Page of one label", text: "Bigger tiles", chords: ["+", "="], repeats: true },
  { id: "tile-smaller", scope: "label", group: "Page of one label", text: "Smaller tiles", chords: ["-"], repeats: true },
  { id: "tile-look", scope: "label", group: "Page of one label", text: "Hold: enlarge the tile", chords: ["z"], leftHand: ["q"], hold: true },
  { id: "tile-heat", scope: "label", group: "Page of one label", text: "Heat maps on or off", chords: ["h"], leftHand: ["t"] },
  { id: "page-order", scope: "label", group: "Page of one label", text: "Sort by score or by uncertainty", chords: ["s"] },
  { id: "page-fresh", scope: "label", group: "Page of one label", text: "Take in the new suggestions", chords: ["r"], leftHand: ["f"] },
  { id: "next-label", scope: "label", group: "Page of one label", text: "Next label", chords: ["n"], leftHand: ["d"] },
  { id: "close-all", scope: "label", group: "Page of one label", text: "Close all labels: read what that is expected to miss", chords: ["Shift+c"] },
  { id: "tile-open", scope: "label", group: "Page of one label", text: "Open the picture with all its labels", chords: ["o"], leftHand: ["g"] },
  { id: "tile-left", scope: "label", group: "Tiles", text: "One tile left", chords: ["ArrowLeft"], repeats: true },
  { id: "reach-left", scope: "label", group: "Tiles", text: "Select on: left", chords: ["Shift+ArrowLeft"], repeats: true },
  { id: "tile-right", scope: "label", group: "Tiles", text: "One tile right", chords: ["ArrowRight"], repeats: true },
  { id: "reach-right", scope: "label", group: "Tiles", text: "Select on: right", chords: ["Shift+ArrowRight"], repeats: true },
  { id: "tile-up", scope: "label", group: "Tiles", text: "One tile up", chords: ["ArrowUp"], repeats: true },
  { id: "reach-up", scope: "label", group: "Tiles", text: "Select on: up", chords: ["Shift+ArrowUp"], repeats: true },
  { id: "tile-down", scope: "label", group: "Tiles", text: "One tile down", chords: ["ArrowDown"], repeats: true },
  { id: "reach-down", scope: "label", group: "Tiles", text: "Select on: down", chords: ["Shift+ArrowDown"], repeats: true },
  { id: "tile-screen-down", scope: "label", group: "Tiles", text: "One screen down", chords: ["PageDown"], repeats: true },
  { id: "tile-screen-up", scope: "label", group: "Tiles", text: "One screen up", chords: ["PageUp"], repeats: true },
  { id: "tile-first", scope: "label", group: "Tiles", text: "First tile", chords: ["Home"] },
  { id: "tile-last", scope: "label", group: "Tiles", text: "Last tile", chords: ["End"] },
  { id: "tile-none", scope: "label", group: "Tiles", text: "Select nothing", chords: ["Escape"] },
  // Shared with no key of the other work: a question comes between pictures and pages, and must not take a key meant for them.
  { id: "answer-yes", scope: "question", group: "Question", text: "Yes, present", chords: ["Shift+y"], leftHand: ["Shift+t"] },
  { id: "answer-no", scope: "question", group: "Question", text: "No, absent", chords: ["Shift+n"], leftHand: ["Shift+q"] },
  { id: "answer-unsure", scope: "question", group: "Question", text: "Can't tell", chords: ["Shift+h"], leftHand: ["Shift+w"] },
  { id: "answer-skip", scope: "question", group: "Question", text: "Skip; it comes back later", chords: ["Shift+l"], leftHand: ["Shift+a"] },
  { id: "doubt-next", scope: "doubts", group: "Doubts", text: "Next doubt", chords: ["ArrowDown", "j"], leftHand: ["ArrowDown", "s"], repeats: true },
  { id: "doubt-before", scope: "doubts", group: "Doubts", text: "Doubt before", chords: ["ArrowUp", "k"], leftHand: ["ArrowUp", "w"], repeats: true },
  { id: "doubt-confirm", scope: "doubts", group: "Doubts", text: "The mark is right", chords: ["Enter", "y"], leftHand: ["e", "Enter"] },
  { id: "doubt-flip", scope: "doubts", group: "Doubts", text: "The mark is wrong: flip it", chords: ["f", "Space"], leftHand: ["f", "Space"] },
] as const satisfies readonly KeyAction<string>[];

type Entry = (typeof EVERYWHERE)[number] | (typeof BY_VIEW)[number];

/** Every id of the table. */
export type KeyId = Entry["id"] | RowKeyId;
/** What one view may give handlers for. */
export type KeyIdOf<S extends Scope> =
  Extract<Entry, { scope: S | "everywhere" }>["id"] | (S extends "image" ? RowKeyId : never);

export const KEY_TABLE: readonly KeyAction[] = [...EVERYWHERE, ...rowActions(), ...BY_VIEW];

/** How many rows carry a digit. */
export const DIGIT_ROWS = DIGITS.length;
