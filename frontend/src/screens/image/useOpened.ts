/** What a person has opened beside the rows: the search, a card of a label, the dialog that pins a letter, a heat map. */
import { useState } from "react";

export interface Card {
  kind: "rule" | "history";
  label: number;
}

/** `cursor`: the label that the row keys are about. */
export function useOpened(cursor: number | null) {
  const [isFinding, setFinding] = useState(false);
  const [card, setCard] = useState<Card | null>(null);
  const [pinning, setPinning] = useState<number | null>(null);
  const [isHeated, setHeated] = useState(false);
  return {
    isFinding,
    find: () => setFinding(true),
    endFinding: () => setFinding(false),
    card,
    /** The card of the label under the cursor; the same again puts it away. */
    turnCard: (kind: Card["kind"]) =>
      cursor !== null &&
      setCard((before) => (before?.kind === kind && before.label === cursor ? null : { kind, label: cursor })),
    closeCard: () => setCard(null),
    /** The label that a letter is pinned to. */
    pinning,
    pin: () => setPinning(cursor),
    endPinning: () => setPinning(null),
    isHeated,
    setHeated,
  };
}

export type Opened = ReturnType<typeof useOpened>;
