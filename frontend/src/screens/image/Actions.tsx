/** The acts on the whole image, each with its key and what it would do: accept, close, undo, move on. */
import { useKeyHelp } from "../../keys/KeyHelp";
import { useHint } from "../../keys/useKeys";
import type { Hint } from "../../keys/useKeys";
import { useFirstActs } from "../../prefs/useFirstActs";
import { Button } from "../../ui/Button";
import type { Queue } from "./useQueue";
import type { Bench } from "./useWorkbench";

interface Props {
  bench: Bench;
  queue: Queue;
  allowClosing: boolean;
}

export function Actions({ bench, queue, allowClosing }: Props) {
  const { acts, rows, closing } = bench;
  const hint = useHint();
  const { isNew } = useFirstActs("image");
  const { suggested, others } = rows;
  const { checked } = rows.cells;
  const sure = rows.offer.present.length;
  return (
    <div className="actions">
      {isNew && <FirstWords next={hint("next")} />}
      <div className="actions-main">
        <Button kind="main" keyHint={hint("accept")} isDisabled={sure === 0} onPress={() => acts.accept(false)}>
          {sure === 0 ? "None sure enough" : `Accept ${sure.toString()}`}
          {sure > 0 && <span className="hidden-text"> suggestions on screen</span>}
        </Button>
        {suggested.length > sure && (
          <Button keyHint={hint("accept-suggested")} onPress={acts.acceptSuggested}>
            All {suggested.length} suggested
            <span className="hidden-text">: accept everything that is suggested present, sure enough or not</span>
          </Button>
        )}
        <Button keyHint={hint("close")} isDisabled={checked && (others === 0 || !allowClosing)} onPress={closing.begin}>
          {closeWords(allowClosing, others, checked)}
          {allowClosing && others > 0 && <span className="hidden-text">: close the image</span>}
        </Button>
      </div>
      <Moves bench={bench} queue={queue} hint={hint} />
    </div>
  );
}

/** For the first pictures of a person. */
function FirstWords({ next }: { next: string }) {
  return (
    <p className="actions-hint">
      <span className="key-words">
        <kbd>1</kbd> … <kbd>0</kbd> say present, with <kbd>Shift</kbd> absent. Nothing to submit: <kbd>{next}</kbd> goes
        on.
      </span>
      <span className="touch-words">
        Tap a label if it is there, – if it is not. Nothing to submit: the arrow goes on.
      </span>
    </p>
  );
}

function Moves({ bench, queue, hint }: Pick<Props, "bench" | "queue"> & { hint: Hint }) {
  const { acts, rows } = bench;
  const openHelp = useKeyHelp();
  const { present, absent } = rows.offer;
  return (
    <div className="actions-move">
      <Button kind="quiet" icon="undo" label="Undo" keyHint={hint("undo")} onPress={acts.undo} />
      <Button kind="quiet" icon="redo" label="Do again" keyHint={hint("redo")} onPress={acts.redo} />
      <span className="key-words">
        <Button kind="quiet" icon="keys" label="All keys" keyHint={hint("help")} onPress={openHelp} />
      </span>
      <span className="actions-more">
        {absent.length > 0 && (
          <Button kind="quiet" keyHint={hint("accept-all")} onPress={() => acts.accept(true)}>
            +{absent.length} absent
            <span className="hidden-text">
              : accept {present.length} present and {absent.length} absent on screen
            </span>
          </Button>
        )}
      </span>
      <Button
        kind="quiet"
        icon="left"
        label="Image before"
        keyHint={hint("previous")}
        isDisabled={!queue.hasPrevious}
        onPress={queue.previous}
      />
      <Button icon="right" label="Next image" keyHint={hint("next")} onPress={acts.next} />
    </div>
  );
}

/** What the closing button says it will do. */
export function closeWords(allowClosing: boolean, others: number, checked: boolean): string {
  if (!allowClosing) return checked ? "Checked" : "Mark as checked";
  if (others === 0) return checked ? "Closed" : "Mark as checked";
  return `Other ${others.toString()} absent`;
}
