/** What a model card says, read out of the trainer's JSON without trusting its shape. */
import type { Schemas, Version } from "../../api/types";
import { counted, share } from "../../ui/numbers";

/** Cells that were given about the same probability, and how many of them are present. */
export type Bin = Schemas["ReliabilityBin"];

export interface Quality {
  map: number | null;
  low: number | null;
  high: number | null;
  ece: number | null;
  eceLow: number | null;
  eceHigh: number | null;
  heldOut: number | null;
  source: string;
  /** By blind answers only; empty where there were too few. */
  curve: Bin[];
}

export interface LabelQuality {
  id: number;
  ap: number | null;
  low: number | null;
  high: number | null;
  known: number | null;
  positives: number | null;
  stage: string;
}

export interface Card {
  quality: Quality;
  labels: LabelQuality[];
  known: number | null;
  images: number | null;
  seconds: number | null;
}

type Entry = Readonly<Record<string, unknown>>;

function entryOf(value: unknown): Entry {
  return typeof value === "object" && value !== null ? (value as Entry) : {};
}

function entriesOf(entry: Entry, key: string): Entry[] {
  const value = entry[key];
  return Array.isArray(value) ? (value as unknown[]).map(entryOf) : [];
}

function numberOf(entry: Entry, key: string): number | null {
  const value = entry[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function textOf(entry: Entry, key: string): string {
  const value = entry[key];
  return typeof value === "string" ? value : "";
}

export function cardOf(version: Pick<Version, "card">): Card {
  const card: Entry = version.card;
  const metrics = entryOf(card["metrics"]);
  return {
    quality: {
      map: numberOf(metrics, "map"),
      low: numberOf(metrics, "map_low"),
      high: numberOf(metrics, "map_high"),
      ece: numberOf(metrics, "ece"),
      eceLow: numberOf(metrics, "ece_low"),
      eceHigh: numberOf(metrics, "ece_high"),
      heldOut: numberOf(metrics, "n_heldout"),
      source: textOf(metrics, "source"),
      curve: entriesOf(metrics, "curve").flatMap(binOf),
    },
    labels: entriesOf(card, "labels").map(labelOf),
    known: numberOf(card, "known"),
    images: numberOf(card, "n_images"),
    seconds: numberOf(card, "seconds"),
  };
}

/** A place of the reliability curve; none where a number is missing. */
function binOf(entry: Entry): Bin[] {
  const [probability, present, low, high] = ["probability", "present", "low", "high"].map((key) =>
    numberOf(entry, key),
  );
  if (probability == null || present == null || low == null || high == null) return [];
  return [{ probability, present, low, high, answers: numberOf(entry, "answers") ?? 0 }];
}

function labelOf(entry: Entry): LabelQuality {
  return {
    id: numberOf(entry, "id") ?? 0,
    ap: numberOf(entry, "ap"),
    low: numberOf(entry, "ap_low"),
    high: numberOf(entry, "ap_high"),
    known: numberOf(entry, "known"),
    positives: numberOf(entry, "positives"),
    stage: textOf(entry, "stage"),
  };
}

const SOURCES: Readonly<Record<string, string>> = { "out-of-fold": "held-out marks", audit: "blind answers" };

/** What a figure was measured on, in words. Figures of different sources are no steps of one line. */
export function sourceWords(source: string): string {
  return SOURCES[source] ?? source;
}

/** Points of one way of measuring together, blind answers last; unmeasured ones are left out. */
export function seriesOf<Point extends Pick<Quality, "map" | "source">>(
  points: readonly Point[],
): { source: string; points: Point[] }[] {
  const measured = points.filter((point) => point.map !== null);
  const sources = [...new Set(measured.map((point) => point.source))].sort(
    (one, other) => Number(one === "audit") - Number(other === "audit"),
  );
  return sources.map((source) => ({ source, points: measured.filter((point) => point.source === source) }));
}

/** How far the quality moved from one version to the next; null where the two were not measured the same way. */
export function changeOf(now: Pick<Quality, "map" | "source">, before: Pick<Quality, "map" | "source">): number | null {
  return now.map === null || before.map === null || now.source !== before.source ? null : now.map - before.map;
}

/** Whether all that were measured were measured the same way. */
export function measuredAlike(all: readonly Pick<Quality, "map" | "source">[]): boolean {
  return new Set(all.filter(({ map }) => map !== null).map(({ source }) => source)).size < 2;
}

/** A share with its interval where there is one: "71.3% (65.0% to 77.1%)". */
export function estimate(value: number | null, low: number | null, high: number | null): string {
  if (value === null) return "not measured";
  return low === null || high === null ? share(value) : `${share(value)} (${share(low)} to ${share(high)})`;
}

/** What a model was made of. */
export function learnedFrom(known: number): string {
  return known === 0 ? "the label names" : counted(known, "mark");
}

/** Intervals of mAP by blind answers are meant to hold in 90 % of cases; they were measured to hold less often. */
export const INTERVALS_HOLD = "about 80% of such intervals hold";
