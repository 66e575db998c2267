/** What the figures of a model card say, in words. */
import type { Schemas } from "../../api/types";
import { counted, share } from "../../ui/numbers";

/** Cells that were given about the same probability, and how many of them are present. */
export type Bin = Schemas["ReliabilityBin"];

export type Metrics = Schemas["Metrics"];
type Measured = Pick<Metrics, "map" | "source">;
type Source = Metrics["source"];

const SOURCES: Readonly<Record<NonNullable<Source>, string>> = {
  "out-of-fold": "held-out marks",
  audit: "blind answers",
};

/** What a figure was measured on, in words. Figures of different sources are no steps of one line. */
export function sourceWords(source: Source): string {
  return source === null ? "nothing" : SOURCES[source];
}

/** Points of one way of measuring together, blind answers last; unmeasured ones are left out. */
export function seriesOf<Point extends Measured>(points: readonly Point[]): { source: Source; points: Point[] }[] {
  const measured = points.filter((point) => point.map !== null);
  const sources = [...new Set(measured.map((point) => point.source))].sort(
    (one, other) => Number(one === "audit") - Number(other === "audit"),
  );
  return sources.map((source) => ({ source, points: measured.filter((point) => point.source === source) }));
}

/** How far the quality moved from one version to the next; null where the two were not measured the same way. */
export function changeOf(now: Measured, before: Measured): number | null {
  return now.map === null || before.map === null || now.source !== before.source ? null : now.map - before.map;
}

/** Whether all that were measured were measured the same way. */
export function measuredAlike(all: readonly Measured[]): boolean {
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
