/** One label of the open image: its digit, its state by shape and word, the suggestion, and the three answers. */
import { memo } from "react";

import type { Cell, Label, Value } from "../../api/types";
import { Icon } from "../../ui/Icon";
import { STATE_WORDS, StateGlyph, stateOf, Suggestion } from "../../ui/State";

export interface RowActs {
  mark: (label: number, value: Value) => void;
  cantTell: (label: number) => void;
  point: (label: number) => void;
}

interface Props {
  label: Label;
  cell: Cell;
  version: number | null;
  digit: string | undefined;
  letter: string | undefined;
  isCursor: boolean;
  dismissed: boolean;
  sure: boolean;
  /** Why accepting does not take its suggestion. */
  why: string | null;
  acts: RowActs;
}

export const LabelRow = memo(function LabelRow({
  label,
  cell,
  version,
  digit,
  letter,
  isCursor,
  dismissed,
  sure,
  why,
  acts,
}: Props) {
  const state = stateOf(cell);
  const tab = isCursor ? 0 : -1;
  return (
    <div
      className="row"
      role="group"
      aria-label={`${label.name}: ${STATE_WORDS[state]}`}
      data-state={state}
      data-cursor={isCursor || undefined}
      data-label={label.id}
      onPointerMove={() => acts.point(label.id)}
      onFocus={() => acts.point(label.id)}
    >
      <span className="row-key" aria-hidden="true">
        {(digit ?? letter) && <kbd>{digit ?? letter?.toUpperCase()}</kbd>}
      </span>
      <button
        type="button"
        className="row-name"
        tabIndex={tab}
        aria-pressed={cell.value === 1}
        title={label.rule ? `${label.name}: ${label.rule}` : label.name}
        onClick={() => acts.mark(label.id, 1)}
      >
        <StateGlyph state={state} />
        <span className="row-text">{label.name}</span>
        {digit && letter && <kbd aria-hidden="true">{letter.toUpperCase()}</kbd>}
        {state !== "unknown" && <span className="row-word">{STATE_WORDS[state]}</span>}
      </button>
      {cell.score !== null && (
        <Suggestion score={cell.score} version={version} dismissed={dismissed} sure={sure} why={why} />
      )}
      <Answers label={label} cell={cell} tab={tab} acts={acts} />
    </div>
  );
});

interface AnswersProps {
  label: Label;
  cell: Cell;
  tab: 0 | -1;
  acts: RowActs;
}

/** The three answers, for pointers: keys have their own. */
function Answers({ label, cell, tab, acts }: AnswersProps) {
  return (
    <span className="row-answers">
      <button
        type="button"
        className="answer answer-present"
        tabIndex={tab}
        aria-label={`${label.name} is present`}
        aria-pressed={cell.value === 1}
        onClick={() => acts.mark(label.id, 1)}
      >
        <Icon name="check" size={16} />
      </button>
      <button
        type="button"
        className="answer answer-absent"
        tabIndex={tab}
        aria-label={`${label.name} is absent`}
        aria-pressed={cell.value === -1}
        onClick={() => acts.mark(label.id, -1)}
      >
        <Icon name="minus" size={16} />
      </button>
      <button
        type="button"
        className="answer answer-unsure"
        tabIndex={tab}
        aria-label={`Can't tell ${label.name}`}
        aria-pressed={cell.cant_tell}
        onClick={() => acts.cantTell(label.id)}
      >
        <Icon name="question" size={16} />
      </button>
    </span>
  );
}
