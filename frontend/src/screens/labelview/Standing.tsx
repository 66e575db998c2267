/** How the label stands: found, expected to be left with its interval, still unknown; and the proposal to close it. */
import { useState } from "react";

import type { LabelPage } from "../../api/types";
import { Button } from "../../ui/Button";
import { Sheet } from "../../ui/Sheet";
import { counted, number } from "../../ui/numbers";


/** A number of pictures that nobody has counted: small ones with one decimal. */
export function about(value: number): string {
  return value < 9.95 ? (Math.round(value * 10) / 10).toString() : number(Math.round(value));
}

export function Standing({ page }: { page: LabelPage }) {
  const { found, expected_left: left, remaining_unknown: unknown } = page;
  return (
    <dl className="standing-line">
      <div>
        <dt>found</dt>
        <dd>{number(found)}</dd>
      </div>
      <div title="Expected among the unknown pictures, with the interval that probably holds it">
        <dt>expected left</dt>
        <dd>
          {page.version === null ? <span className="standing-range">not known yet</span> : about(left.value)}
          {page.version !== null && (
            <span className="standing-range">
              {about(left.low)}–{about(left.high)}
            </span>
          )}
        </dd>
      </div>
      <div>
        <dt>unknown</dt>
        <dd>{number(unknown)}</dd>
      </div>
    </dl>
  );
}

interface ProposalProps {
  page: LabelPage;
  name: string;
  onClose: () => void;
}

export function Proposal({ page, name, onClose }: ProposalProps) {
  const [asking, setAsking] = useState(false);
  const { proposal, remaining_unknown: unknown, expected_left: left } = page;
  if (!proposal?.close || unknown === 0) return null;
  return (
    <section className="proposal" aria-label={`Proposal to close ${name}`}>
      <p>{proposal.text}</p>
      <Button onPress={() => setAsking(true)}>Close “{name}”: the other {counted(unknown, "is", "are")} absent</Button>
      <Sheet title={`Close “${name}”?`} isOpen={asking} onClose={() => setAsking(false)}>
        <div className="form">
          <p>
            {unknown === 1 ? "The picture that is still unknown becomes" : `All ${counted(unknown, "picture")} that are still unknown become`} <strong>absent</strong>. About {about(left.value)} of them (
            {about(left.low)} to {about(left.high)}) are expected to be present in truth: {(proposal.risk * 100).toFixed(1)}% of the label’s positives would be missed.
          </p>
          <p>Undo takes it back.</p>
          <div className="form-end">
            <Button onPress={() => setAsking(false)}>Not yet</Button>
            <Button
              kind="main"
              onPress={() => {
                setAsking(false);
                onClose();
              }}
            >
              Write {number(unknown)} absent
            </Button>
          </div>
        </div>
      </Sheet>
    </section>
  );
}
