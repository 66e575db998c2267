/** The questions of a plan as groups of radio buttons: what only a person knows first, then what holds unless changed. */
import { useEffect, useRef } from "react";
import { Label, Radio, RadioGroup } from "react-aria-components";

import { counted } from "../../ui/numbers";
import type { PlanQuestion } from "./useImport";

const SHOWN = 60;

interface Props {
  questions: readonly PlanQuestion[];
  /** Answers given here, also those whose plan is not made yet. */
  given: Readonly<Record<string, string>>;
  onAnswer: (id: string, value: string) => void;
}

export function PlanQuestions({ questions, given, onAnswer }: Props) {
  const section = useRef<HTMLElement>(null);
  // Whoever waited for the plan goes on by keyboard: with the first question that only they can answer.
  useEffect(() => {
    section.current?.querySelector<HTMLInputElement>("[data-open] input")?.focus();
  }, []);
  if (questions.length === 0) return null;
  const answerOf = (one: PlanQuestion) => given[one.id] ?? one.answer;
  const must = questions.filter((one) => one.proposed === "");
  const may = questions.filter((one) => one.proposed !== "");
  const open = must.filter((one) => answerOf(one) === null).length;
  return (
    <section ref={section} className="part" aria-labelledby="plan-questions" data-testid="plan-questions">
      <header className="part-head">
        <h2 id="plan-questions">Questions</h2>
        <span className={`tag ${open > 0 ? "tag-bad" : ""}`}>
          {open > 0 ? `${open.toString()} open` : "all answered"}
        </span>
      </header>
      {must.slice(0, SHOWN).map((one, place) => (
        <Question
          key={one.id}
          question={one}
          answer={answerOf(one)}
          isFirst={place === 0}
          onAnswer={(value) => onAnswer(one.id, value)}
        />
      ))}
      {must.length > SHOWN && (
        <p className="part-note">
          {counted(must.length - SHOWN, "more question")} after these. Correct the names in the table, or answer on the
          command line.
        </p>
      )}
      {may.length > 0 && must.length > 0 && (
        <p className="part-note">These hold as they are, unless you choose otherwise:</p>
      )}
      {may.slice(0, SHOWN).map((one) => (
        <Question key={one.id} question={one} answer={answerOf(one)} onAnswer={(value) => onAnswer(one.id, value)} />
      ))}
    </section>
  );
}

interface OneProps {
  question: PlanQuestion;
  answer: string | null;
  isFirst?: boolean;
  onAnswer: (value: string) => void;
}

function Question({ question, answer, isFirst = false, onAnswer }: OneProps) {
  return (
    <RadioGroup
      className="ask"
      value={answer}
      onChange={onAnswer}
      data-open={answer === null || undefined}
      data-first={isFirst || undefined}
      data-testid={`ask-${question.id}`}
    >
      <Label className="ask-text">{question.text}</Label>
      <div className="ask-choices">
        {question.choices.map((choice) => (
          <Radio key={choice.value} value={choice.value} className="ask-choice">
            <span className="ask-dot" aria-hidden="true" />
            <span>{choice.text}</span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
