/** What the palette lists, and what a few typed letters find in it. Pure functions. */

export type Kind = "act" | "page" | "label" | "picture" | "project";

export interface Entry {
  /** Unique among all entries. */
  id: string;
  kind: Kind;
  text: string;
  /** Other words that find it; not shown. */
  also?: readonly string[];
  /** The key that does the same. */
  hint?: string;
  run: () => void;
}

export interface Group {
  kind: Kind;
  title: string;
  entries: readonly Entry[];
  /** Found, and not shown: more letters bring them. */
  more: number;
}

const TITLES: Readonly<Record<Kind, string>> = {
  act: "Do here",
  page: "Pages",
  label: "Labels",
  picture: "Pictures",
  project: "Projects",
};
const KINDS: readonly Kind[] = ["act", "page", "label", "picture", "project"];
/** Shown of each kind: before anything is typed, and of what was found. */
const MOST_AT_FIRST = 6;
const MOST_FOUND = 12;

function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLocaleLowerCase();
}

/** How well an entry fits: 0 it begins so, 1 a word of it does, 2 the letters are in it, 3 in its other words; null not at all. */
export function rank(entry: Pick<Entry, "text" | "also">, query: string): number | null {
  const words = plain(query).split(/\s+/).filter(Boolean);
  const text = plain(entry.text);
  if (text.startsWith(words.join(" "))) return 0;
  if (words.every((word) => text.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word)))) return 1;
  if (words.every((word) => text.includes(word))) return 2;
  const all = [text, ...(entry.also ?? []).map(plain)].join("\n");
  return words.every((word) => all.includes(word)) ? 3 : null;
}

/** The entries that fit, by kind, best first; the kind that fits best comes first, so that Enter takes the best of all. */
export function groupsOf(entries: readonly Entry[], query: string): Group[] {
  const isTyped = query.trim() !== "";
  const fitting = entries.flatMap((entry) => {
    // The server has searched the pictures already.
    const place = entry.kind === "picture" ? (rank(entry, query) ?? 2) : rank(entry, query);
    return place === null ? [] : [{ entry, place }];
  });
  fitting.sort((one, other) => one.place - other.place);
  const most = isTyped ? MOST_FOUND : MOST_AT_FIRST;
  const groups = KINDS.flatMap((kind) => {
    const own = fitting.filter(({ entry }) => entry.kind === kind);
    if (own.length === 0) return [];
    const shown = own.slice(0, kind === "act" && !isTyped ? own.length : most).map(({ entry }) => entry);
    return [{ kind, title: TITLES[kind], entries: shown, more: own.length - shown.length, place: own[0]?.place ?? 0 }];
  });
  return isTyped ? groups.sort((one, other) => one.place - other.place) : groups;
}
