/** One blind question: a picture and a label, no suggestion, no heat map and no other marks. */
import { useEffect, useRef } from "react";

import type { Schemas, Value } from "../../api/types";
import { practised } from "../../coach/lessons";
import { useHint, useKeys } from "../../keys/useKeys";
import { useSettled } from "../../keys/useSettled";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { StateGlyph } from "../../ui/State";
import type { MarkState } from "../../ui/State";
import "./audit.css";

export type Question = Schemas["Question"];

/** A question that comes between other work takes no key for so long. */
export const REST_MS = 700;

interface Props {
  question: Question;
  name: string;
  rule: string;
  onAnswer: (value: Value) => void;
  onSkip: () => void;
  /** Where nothing else on the page has these keys. */
  onUndo?: () => void;
  onRedo?: () => void;
  /** For so long nothing answers: a question that comes between pictures must not take a key meant for the next one. */
  moment?: number;
}

export function Asked({ question, name, rule, onAnswer, onSkip, onUndo, onRedo, moment }: Props) {
  const announce = useAnnounce();
  const { image } = question;
  const stage = useRef<HTMLDivElement>(null);
  const { commit, isSettled } = useSettled(question.id, stage, "question", moment);
  const answer = (value: Value) => () =>
    commit(() => {
      onAnswer(value);
      practised("question");
    });
  const skip = () => commit(onSkip);
  useKeys("question", {
    "answer-yes": answer(1),
    "answer-no": answer(-1),
    "answer-unsure": answer(0),
    "answer-skip": skip,
    undo: onUndo,
    redo: onRedo,
  });
  useEffect(() => {
    announce(`Is ${name} in this picture?`);
  }, [announce, name]);
  const hint = useHint();
  return (
    <section className="audit" aria-label="Blind question" data-settled={isSettled || undefined}>
      <div ref={stage} className="audit-stage">
        <img src={image.preview} alt={image.file_name} width={image.width} height={image.height} />
      </div>
      <div className="audit-ask">
        <h1>
          Is <em>{name}</em> in this picture?
        </h1>
        <p className="audit-rule">{rule || "No rule is written for this label yet."}</p>
        <div className="audit-answers">
          <Answer state="absent" text="No" hint={hint("answer-no")} onPress={answer(-1)} />
          <Answer state="present" text="Yes" hint={hint("answer-yes")} onPress={answer(1)} />
          <Answer state="cant-tell" text="Can’t tell" hint={hint("answer-unsure")} onPress={answer(0)} />
          <Button kind="quiet" onPress={skip} keyHint={hint("answer-skip")}>
            Skip for now
          </Button>
        </div>
        <p className="audit-why">
          Drawn at random and asked without suggestions, so that the model’s quality is judged fairly.
        </p>
      </div>
    </section>
  );
}

interface AnswerProps {
  state: MarkState;
  text: string;
  hint: string;
  onPress: () => void;
}

function Answer({ state, text, hint, onPress }: AnswerProps) {
  return (
    <button type="button" className={`audit-answer audit-answer-${state}`} data-key={hint} onClick={onPress}>
      <StateGlyph state={state} size={26} />
      <span>{text}</span>
      <kbd aria-hidden="true">{hint}</kbd>
    </button>
  );
}
