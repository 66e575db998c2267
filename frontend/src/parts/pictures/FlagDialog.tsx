/** Asks why pictures are set aside: one of four reasons, and some words. */
import { useState } from "react";

import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Form, Submit } from "../../ui/Form";
import { counted } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";
import { MOST_WORDS, readReason, REASONS, reasonText } from "./reasons";
import "./flag.css";

interface Props {
  /** How many pictures; 0 closes the dialog. */
  count: number;
  /** The reason that they have so far. */
  flagged?: string;
  onClose: () => void;
  onFlag: (reason: string) => void;
}

export function FlagDialog({ count, flagged = "", onClose, onFlag }: Props) {
  return (
    <Sheet
      title={count === 1 ? "Set this picture aside?" : `Set ${counted(count, "picture")} aside?`}
      isOpen={count > 0}
      onClose={onClose}
    >
      <FlagForm flagged={flagged} onClose={onClose} onFlag={onFlag} />
    </Sheet>
  );
}

function FlagForm({ flagged, onClose, onFlag }: Required<Omit<Props, "count">>) {
  const before = readReason(flagged);
  const [reason, setReason] = useState(before.reason);
  const [words, setWords] = useState(before.words);
  const submit = () => {
    onClose();
    onFlag(reasonText(reason, words));
  };
  return (
    <Form className="form" error={null} onSubmit={submit}>
      <fieldset className="reasons">
        <legend>Why can it not be used?</legend>
        {REASONS.map((one) => (
          <label key={one.value} className="reason">
            <input
              type="radio"
              name="reason"
              value={one.value}
              checked={one.value === reason}
              autoFocus={one.value === reason}
              onChange={() => setReason(one.value)}
            />
            <span>
              {one.text}
              <span className="switch-help">{one.help}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <Field label="In a few words (optional)" value={words} onChange={setWords} maxLength={MOST_WORDS} />
      <p className="part-note">
        It leaves queue, training and export; its marks are kept, and it can be used again at any time.
      </p>
      <div className="form-end">
        <Button onPress={onClose}>Cancel</Button>
        <Submit>Set aside</Submit>
      </div>
    </Form>
  );
}
