/** One blind question: a picture and a label, no suggestion, no heat map and no other marks. */
import { useEffect, useMemo, useState } from "react";

import { sayError } from "../../api/errors";
import type { Schemas, Value } from "../../api/types";
import { chordsById } from "../../keys/bindings";
import { printed } from "../../keys/chord";
import { useKeyPreferences, useKeys } from "../../keys/useKeys";
import type { Handlers } from "../../keys/useKeys";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { StateGlyph } from "../../ui/State";
import type { MarkState } from "../../ui/State";
import "./audit.css";

export type Question = Schemas["Question"];

const NOTHING: Handlers = {};
/** A question that comes between other work takes no key for so long. */
export const REST_MS = 700;

interface Props {
  question: Question;
  name: string;
  rule: string;
  error: Error | null;
  onAnswer: (value: Value) => void;
  onSkip: () => void;
  /** For so long nothing answers: a question that comes between pictures must not take a key meant for the next one. */
  restMs?: number;
}

export function Asked({ question, name, rule, error, onAnswer, onSkip, restMs = 0 }: Props) {
  const [preferences] = useKeyPreferences();
  const announce = useAnnounce();
  const { image } = question;
  const handlers = useMemo(
    () => ({ "answer-yes": () => onAnswer(1), "answer-no": () => onAnswer(-1), "answer-unsure": () => onAnswer(0), "answer-skip": onSkip }),
    [onAnswer, onSkip],
  );
  const [rests, setRests] = useState(restMs > 0);
  useEffect(() => {
    const timer = setTimeout(() => setRests(false), restMs);
    return () => clearTimeout(timer);
  }, [restMs]);
  useKeys("question", rests ? NOTHING : handlers);
  useEffect(() => {
    announce(`Is ${name} in this picture?`);
  }, [announce, name]);
  const hint = (id: string) => printed(chordsById(id, preferences)[0] ?? "");
  return (
    <section className="audit" aria-label="Blind question">
      <div className="audit-stage">
        <img src={image.preview} alt={image.file_name} width={image.width} height={image.height} />
      </div>
      <div className="audit-ask">
        <h1>
          Is <em>{name}</em> in this picture?
        </h1>
        <p className="audit-rule">{rule || "No rule is written for this label yet."}</p>
        {error && (
          <p className="field-error" role="alert">
            {sayError(error)}
          </p>
        )}
        <div className="audit-answers">
          <Answer state="absent" text="No" hint={hint("answer-no")} isDisabled={rests} onPress={() => onAnswer(-1)} />
          <Answer state="present" text="Yes" hint={hint("answer-yes")} isDisabled={rests} onPress={() => onAnswer(1)} />
          <Answer state="cant-tell" text="Can’t tell" hint={hint("answer-unsure")} isDisabled={rests} onPress={() => onAnswer(0)} />
          <Button kind="quiet" isDisabled={rests} onPress={onSkip} keyHint={hint("answer-skip")}>
            Skip for now
          </Button>
        </div>
        <p className="audit-why">Drawn at random and asked without suggestions, so that the model’s quality is judged fairly.</p>
      </div>
    </section>
  );
}

interface AnswerProps {
  state: MarkState;
  text: string;
  hint: string;
  isDisabled: boolean;
  onPress: () => void;
}

function Answer({ state, text, hint, isDisabled, onPress }: AnswerProps) {
  return (
    <button type="button" className={`audit-answer audit-answer-${state}`} disabled={isDisabled} onClick={onPress}>
      <StateGlyph state={state} size={26} />
      <span>{text}</span>
      <kbd aria-hidden="true">{hint}</kbd>
    </button>
  );
}
