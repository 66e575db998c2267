/** Pins a letter to a label for this person; a letter that is taken is refused, naming the rival. */
import { useState } from "react";

import type { Label } from "../../api/types";
import { pinClash } from "../../keys/bindings";
import { chordOf } from "../../keys/chord";
import { useKeyPreferences } from "../../keys/useKeys";
import { Button } from "../../ui/Button";
import { Sheet } from "../../ui/Sheet";

interface Props {
  label: Label | null;
  labels: readonly Label[];
  own: Readonly<Record<string, number>>;
  onPin: (letter: string | null, label: number) => void;
  onClose: () => void;
}

export function PinLetter({ label, labels, own, onPin, onClose }: Props) {
  const [preferences] = useKeyPreferences();
  const [clash, setClash] = useState<string | null>(null);
  const close = () => {
    setClash(null);
    onClose();
  };
  if (!label) return null;
  const mine = Object.entries(own).find(([, id]) => id === label.id)?.[0];
  return (
    <Sheet title={`A letter for “${label.name}”`} isOpen onClose={close}>
      <div
        className="pin"
        tabIndex={0}
        role="textbox"
        aria-label={`Press the letter that is to mark ${label.name}`}
        ref={(element) => element?.focus()}
        onKeyDown={(event) => {
          const letter = chordOf(event.nativeEvent);
          if (letter === null || ["Escape", "Tab", "Shift+Tab"].includes(letter)) return;
          event.preventDefault();
          const problem = pinClash(letter, label.id, labels, own, preferences);
          setClash(problem);
          if (problem === null) {
            onPin(letter, label.id);
            close();
          }
        }}
      >
        {mine ? `Now ${mine.toUpperCase()}. Press another letter.` : "Press a letter."}
      </div>
      <p className="field-error" role="alert">
        {clash}
      </p>
      <div className="form-end">
        <Button
          isDisabled={mine === undefined}
          onPress={() => {
            onPin(null, label.id);
            close();
          }}
        >
          No letter
        </Button>
        <Button onPress={close}>Cancel</Button>
      </div>
    </Sheet>
  );
}
