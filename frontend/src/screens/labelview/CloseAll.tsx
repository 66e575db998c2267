/** Closing all labels in one act: offered where little is expected to be missed, else behind a quiet button. */
import { sayError } from "../../api/errors";
import type { ClosingStatement } from "../../api/types";
import { Button } from "../../ui/Button";
import { Sheet } from "../../ui/Sheet";
import type { CloseAll } from "./useCloseAll";
import { counted, noun, number } from "../../ui/numbers";

const PERCENT = new Intl.NumberFormat("en-GB", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

interface Props {
  closing: CloseAll;
  keyHint: string;
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

export function CloseAllDialog({ closing }: { closing: CloseAll }) {
  const { told, error, isReading, isOpen, isWriting, trouble, shut } = closing;
  // Enter agrees only to what Tern itself would propose; what misses much is chosen on purpose.
  const isBold = told !== undefined && !isReading && !told.propose;
  return (
    <Sheet title="Close all labels?" isOpen={isOpen} onClose={shut}>
      <div className="form">
        {trouble && (
          <p className="field-error" role="alert">
            {trouble}
          </p>
        )}
        <div aria-live="polite" aria-busy={isReading}>
          {isReading ? <p>Counting what is left …</p> : error ? <p role="alert">{sayError(error)}</p> : told && <Told told={told} />}
        </div>
        <div className="form-end">
          <Button key={isBold ? "bold" : "proposed"} autoFocus={isBold} onPress={shut}>
            Not yet
          </Button>
          {told && !isReading && !error && told.refusal === "" && (
            <Button kind={told.propose ? "main" : "danger"} autoFocus={told.propose} isDisabled={isWriting} onPress={() => void closing.agree(told)}>
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
  return (
    <>
      <p>
        {told.text}, in {counted(told.labels, "label")}. {told.recall !== null && `${PERCENT.format(told.recall)} of all present marks would then be found.`}
      </p>
      {told.untouched > 0 && (
        <p>
          Nobody has said anything of {counted(told.untouched, "label")} yet: there the number rests on the name alone.
        </p>
      )}
      {told.undecided > 0 && <p>{counted(told.undecided, "cell")} that you said you cannot tell {noun(told.undecided, "stays", "stay")} unknown.</p>}
      <p>Undo takes it back.</p>
    </>
  );
}
