/**
 * Which label stands where. Computed when an image is opened and then frozen: marks and fresh scores change rows in
 * place, never their order, so that a digit and a pointer keep meaning what they meant. Pure functions.
 */
import type { Cell, Label } from "../../api/types";

export type GroupName = "suggested-present" | "worth-asking" | "suggested-absent" | "marked";

export const GROUP_TITLES: Readonly<Record<GroupName, string>> = {
  "suggested-present": "Suggested present",
  "worth-asking": "Worth asking",
  "suggested-absent": "Suggested absent",
  marked: "Marked",
};

export interface Layout {
  /** Label ids by group, in the order of the page. */
  groups: readonly { name: GroupName; labels: readonly number[] }[];
  /** The labels that carry the digits 1-9 and 0. */
  digits: readonly number[];
}

/** From here a label is called suggested present, when nothing better is known. */
const LIKELY = 0.5;
/** Below this a label is called suggested absent, when nothing better is known. */
const UNLIKELY = 0.15;

/** The group of one cell. A threshold that has been earned by evidence comes before the fixed ones. */
export function groupOf(cell: Cell, label: Label): GroupName {
  if (cell.value !== 0 || cell.cant_tell) return "marked";
  if (cell.score === null) return "worth-asking";
  if (cell.score >= Math.min(LIKELY, label.accept_present ?? LIKELY)) return "suggested-present";
  if (cell.score < Math.max(UNLIKELY, Math.min(label.accept_absent ?? 0, LIKELY))) return "suggested-absent";
  return "worth-asking";
}

/** So many labels are always asked, however sure the model is of their absence: a young model must not fold everything. */
const ASKED_AT_LEAST = 5;

const ORDER: readonly GroupName[] = ["suggested-present", "worth-asking", "suggested-absent", "marked"];

/** How little a score says: 1 at a half, 0 at the ends; a label without a score is the least known of all. */
function uncertainty(cell: Cell): number {
  return cell.score === null ? 2 : 1 - Math.abs(2 * cell.score - 1);
}

const SORTS: Readonly<Record<GroupName, (one: Cell, other: Cell) => number>> = {
  "suggested-present": (one, other) => (other.score ?? 0) - (one.score ?? 0),
  "worth-asking": (one, other) => uncertainty(other) - uncertainty(one),
  "suggested-absent": (one, other) => (other.score ?? 0) - (one.score ?? 0),
  marked: (one, other) => other.value - one.value,
};

export function layOut(cells: readonly Cell[], labels: ReadonlyMap<number, Label>, digitCount: number): Layout {
  const byGroup = new Map<GroupName, Cell[]>(ORDER.map((name) => [name, []]));
  for (const cell of cells) {
    const label = labels.get(cell.label);
    if (label) byGroup.get(groupOf(cell, label))?.push(cell);
  }
  askMore(byGroup, labels);
  const groups = ORDER.map((name) => ({
    name,
    // Array.sort is stable: labels of equal rank keep the order of their columns.
    labels: (byGroup.get(name) ?? []).sort(SORTS[name]).map((cell) => cell.label),
  }));
  const open = groups.filter((group) => group.name !== "suggested-absent").flatMap((group) => group.labels);
  return { groups, digits: open.slice(0, digitCount) };
}

/** Fill "worth asking" up with the likeliest of those suggested absent, except where evidence has earned their absence. */
function askMore(byGroup: Map<GroupName, Cell[]>, labels: ReadonlyMap<number, Label>): void {
  const asked = byGroup.get("worth-asking") ?? [];
  const absent = byGroup.get("suggested-absent") ?? [];
  const isEarned = (cell: Cell) => (cell.score ?? 0) <= (labels.get(cell.label)?.accept_absent ?? -1);
  const more = absent
    .filter((cell) => !isEarned(cell))
    .sort(SORTS["suggested-absent"])
    .slice(0, Math.max(0, ASKED_AT_LEAST - asked.length));
  byGroup.set("worth-asking", [...asked, ...more]);
  byGroup.set(
    "suggested-absent",
    absent.filter((cell) => !more.includes(cell)),
  );
}

/** Whether two layouts show the same labels in the same places. */
export function sameLayout(one: Layout, other: Layout): boolean {
  return one.groups.every((group, index) => {
    const twin = other.groups[index]?.labels ?? [];
    return group.labels.length === twin.length && group.labels.every((label, at) => label === twin[at]);
  });
}

export type Item = { kind: "head"; group: GroupName; count: number; folded: boolean } | { kind: "row"; label: number };

/** The list as it scrolls: heads and rows. Of a folded group only what was suggested absent and is present shows. */
export function itemsOf(layout: Layout, folded: ReadonlySet<GroupName>, cells: ReadonlyMap<number, Cell>): Item[] {
  return layout.groups.flatMap(({ name, labels }): Item[] => {
    if (labels.length === 0) return [];
    const isFolded = folded.has(name);
    const head: Item = { kind: "head", group: name, count: labels.length, folded: isFolded };
    const rows = labels.filter((label) => !isFolded || (name === "suggested-absent" && cells.get(label)?.value === 1));
    return [head, ...rows.map((label): Item => ({ kind: "row", label }))];
  });
}

/** Labels whose name, synonyms or rule hold every word of the query; names that begin with it come first. */
export function findLabels(labels: readonly Label[], query: string): Label[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const first = words.join(" ");
  const rank = (label: Label): number => {
    const name = label.name.toLocaleLowerCase();
    if (name.startsWith(first)) return 0;
    if (words.every((word) => name.includes(word))) return 1;
    return words.every((word) => label.synonyms.some((synonym) => synonym.toLocaleLowerCase().includes(word))) ? 2 : 3;
  };
  const holds = (label: Label) => {
    const text = [label.name, ...label.synonyms, label.rule].join("\n").toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  };
  return labels.filter(holds).sort((one, other) => rank(one) - rank(other));
}

/** Unknown cells that are suggested present, strongest first. */
export function suggestedPresent(cells: readonly Cell[], labels: ReadonlyMap<number, Label>): Cell[] {
  const isSuggested = (cell: Cell) => {
    const label = labels.get(cell.label);
    return label !== undefined && groupOf(cell, label) === "suggested-present";
  };
  return cells.filter(isSuggested).sort(SORTS["suggested-present"]);
}

/** What Enter would accept: unknown cells on screen whose score is beyond the label's earned threshold. */
export function acceptable(
  onScreen: readonly number[],
  cells: ReadonlyMap<number, Cell>,
  labels: ReadonlyMap<number, Label>,
  dismissed: ReadonlySet<number>,
): { present: Cell[]; absent: Cell[] } {
  const present: Cell[] = [];
  const absent: Cell[] = [];
  for (const id of onScreen) {
    const cell = cells.get(id);
    const label = labels.get(id);
    if (!cell || !label || cell.score === null || cell.value !== 0 || cell.cant_tell || dismissed.has(id)) continue;
    if (label.accept_present !== null && cell.score >= label.accept_present) present.push(cell);
    // Of a rare label nearly everything is absent, so its threshold may lie high; what looks likely is asked all the same.
    else if (label.accept_absent !== null && cell.score <= Math.min(label.accept_absent, LIKELY)) absent.push(cell);
  }
  return { present, absent };
}
