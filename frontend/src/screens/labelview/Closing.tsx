/** Closing one label, or all of them, in one act: offered where little is expected to be missed, else on request. */
import type { ClosingStatement, LabelPage } from "../../api/types";
import { Button } from "../../ui/Button";
import { counted, noun, number } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";
import type { Closing } from "./useClosing";

const PERCENT = new Intl.NumberFormat("en-GB", {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

interface Props {
  closing: Closing;
  keyHint: string;
}

export function CloseLabelOffer({
  closing,
  proposal,
  name,
}: {
  closing: Closing;
  proposal: LabelPage["proposal"];
  name: string;
}) {
  if (!proposal?.close) return null;
  return (
    <section className="proposal" aria-label={`Proposal to close ${name}`}>
      <p>{proposal.text}.</p>
      <Button data-testid="close-label" onPress={closing.open}>
        Close “{name}”: the other {counted(proposal.cells, "is", "are")} absent
      </Button>
    </section>
  );
}

/** Not proposed, so chosen on purpose: the dialog says what it would miss. */
export function CloseLabelQuietly({ closing, proposal }: { closing: Closing; proposal: LabelPage["proposal"] }) {
  if (!proposal || proposal.close) return null;
  return (
    <Button kind="quiet" data-testid="close-label" onPress={closing.open}>
      Close this label
    </Button>
  );
}

export function CloseAllOffer({ closing, keyHint }: Props) {
  const { told } = closing;
  if (!told?.propose) return null;
  return (
    <section className="proposal" aria-label="Proposal to close all labels">
      <p>Close all labels: {told.text}.</p>
      <Button data-testid="close-all" onPress={closing.open} keyHint={keyHint}>
        Close all labels
      </Button>
    </section>
  );
}

export function CloseAllQuietly({ closing, keyHint }: Props) {
  const { told } = closing;
  if (!told || told.propose || told.cells === 0) return null;
  return (
    <Button kind="quiet" data-testid="close-all" onPress={closing.open} keyHint={keyHint}>
      Close all labels
    </Button>
  );
}

export function ClosingDialog({ closing }: { closing: Closing }) {
  const { told, what, refusal, isReading, isSaving, isOpen, isWriting, trouble, shut } = closing;
  // Enter agrees only to what Tern itself would propose; what misses much is chosen on purpose.
  const isBold = told !== undefined && !isReading && !told.propose;
  return (
    <Sheet title={`Close ${what}?`} isOpen={isOpen} onClose={shut}>
      <div className="form">
        {trouble && (
          <p className="field-error" role="alert">
            {trouble}
          </p>
        )}
        <div aria-live="polite" aria-busy={isReading}>
          {isReading ? (
            <p>{isSaving ? "Sending what you said first …" : "Counting what is left …"}</p>
          ) : refusal ? (
            <p role="alert">{refusal}</p>
          ) : (
            told && <Told told={told} />
          )}
        </div>
        <div className="form-end">
          <Button key={isBold ? "bold" : "proposed"} autoFocus={isBold} onPress={shut}>
            Not yet
          </Button>
          {/* Not disabled while it writes: that takes the focus out of the dialog, and Escape with it. */}
          {told && !isReading && refusal === "" && told.refusal === "" && (
            <Button
              kind={told.propose ? "main" : "danger"}
              autoFocus={told.propose}
              onPress={() => !isWriting && void closing.agree(told)}
            >
              {isWriting ? "Writing …" : `Write ${number(told.cells)} absent`}
            </Button>
          )}
        </div>
      </div>
    </Sheet>
  );
}

function Told({ told }: { told: ClosingStatement }) {
  if (told.refusal) return <p>{told.refusal}</p>;
  const of = told.label === null ? "all present marks" : "its present marks";
  return (
    <>
      <p>
        {told.text}
        {told.label === null && `, in ${counted(told.labels, "label")}`}.{" "}
        {told.recall !== null && `${PERCENT.format(told.recall)} of ${of} would then be found.`}
      </p>
      {told.unproven > 0 && (
        <p>
          {told.label === null
            ? `Of ${counted(told.unproven, "label")} only the name is known yet: what is missed there may be far more.`
            : "Only its name is known yet: what is missed may be far more."}
        </p>
      )}
      {told.undecided > 0 && (
        <p>
          {counted(told.undecided, "cell")} that you said you cannot tell {noun(told.undecided, "stays", "stay")}{" "}
          unknown.
        </p>
      )}
      {told.held > 0 && (
        <p>
          {counted(told.held, "cell")} of pictures that somebody else has open {noun(told.held, "stays", "stay")}{" "}
          unknown.
        </p>
      )}
      <p>Undo takes it back.</p>
    </>
  );
}
