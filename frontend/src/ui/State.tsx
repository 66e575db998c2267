/**
 * The four answers and the suggestion, each with its own shape, colour and word (colour never stands alone):
 * `<StateGlyph state="present" />`, `<Suggestion score={0.87} version={14} />`.
 */
import type { Cell, Value } from "../api/types";
import "./state.css";

export type MarkState = "present" | "absent" | "unknown" | "cant-tell";

export const STATE_WORDS: Readonly<Record<MarkState, string>> = {
  present: "present",
  absent: "absent",
  unknown: "unknown",
  "cant-tell": "can't tell",
};

export function stateOf(cell: Pick<Cell, "value" | "cant_tell">): MarkState {
  if (cell.value === 1) return "present";
  if (cell.value === -1) return "absent";
  return cell.cant_tell ? "cant-tell" : "unknown";
}

export function stateOfValue(value: Value | null): MarkState {
  return stateOf({ value: value ?? 0, cant_tell: false });
}

const SHAPES: Readonly<Record<MarkState, string>> = {
  present: "M3 10a7 7 0 1 1 14 0a7 7 0 1 1-14 0z",
  absent: "M3.500 3.500h13v13h-13z",
  "cant-tell": "M10 1.800 18.200 10 10 18.200 1.800 10z",
  unknown: "M3.800 10a6.200 6.200 0 1 1 12.400 0a6.200 6.200 0 1 1-12.400 0z",
};

const STROKES: Readonly<Record<MarkState, string>> = {
  present: "M6.700 10.200 9.100 12.600 13.500 7.700",
  absent: "M6.700 10h6.600",
  "cant-tell":
    "M8.200 8.300c0-1.200.8-1.900 1.800-1.900s1.800.7 1.800 1.700c0 1.500-1.800 1.400-1.800 2.900M10 13.300v.1",
  unknown: "",
};

export function StateGlyph({ state, size = 20 }: { state: MarkState; size?: number }) {
  return (
    <svg
      className={`glyph glyph-${state}`}
      width={size}
      height={size}
      viewBox="0 0 20 20"
      aria-hidden="true"
      focusable="false"
    >
      <path className="glyph-shape" d={SHAPES[state]} />
      <path className="glyph-stroke" d={STROKES[state]} />
    </svg>
  );
}

/** A probability as people read it: 3%, 87%, never 0% or 100%. */
export function percent(score: number): string {
  return `${Math.min(99, Math.max(1, Math.round(score * 100))).toString()}%`;
}

interface SuggestionProps {
  score: number;
  version: number | null;
  dismissed?: boolean;
  /** Beyond what its label has earned: accepting takes it. */
  sure?: boolean;
  /** Why accepting does not take it. */
  why?: string | null;
}

/** What the model thinks: a dashed, pale tag with its percentage; the version is in its name and tooltip. */
export function Suggestion({ score, version, dismissed = false, sure = false, why = null }: SuggestionProps) {
  const origin = version === null ? "from its name" : `model ${version.toString()}`;
  const words = `${dismissed ? "dismissed suggestion" : "suggestion"}: ${percent(score)} present, ${origin}${sure ? ", sure enough to accept" : why ? `. ${why}` : ""}`;
  return (
    <span className="suggestion" data-dismissed={dismissed || undefined} data-sure={sure || undefined} title={words}>
      <span className="suggestion-bar" style={{ inlineSize: `${(score * 100).toFixed(1)}%` }} />
      <span className="suggestion-number" aria-hidden="true">
        {percent(score)}
      </span>
      <span className="hidden-text">{words}</span>
    </span>
  );
}
