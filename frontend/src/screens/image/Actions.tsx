/** The acts on the whole image, each with its key and what it would do: accept, close, undo, move on. */
import { useKeyHelp } from "../../keys/KeyHelp";
import { useHint } from "../../keys/useKeys";
import { useFirstActs } from "../../prefs/useFirstActs";
import { Button } from "../../ui/Button";

interface Props {
  acceptPresent: number;
  acceptAbsent: number;
  /** Unknown labels that are suggested present, sure enough or not. */
  suggested: number;
  /** Unknown labels that closing makes absent. */
  others: number;
  allowClosing: boolean;
  checked: boolean;
  hasPrevious: boolean;
  onAccept: () => void;
  onAcceptAll: () => void;
  onAcceptSuggested: () => void;
  onClose: () => void;
  onUndo: () => void;
  onRedo: () => void;
  onPrevious: () => void;
  onNext: () => void;
}

export function Actions(props: Props) {
  const hint = useHint();
  const openHelp = useKeyHelp();
  const { isNew } = useFirstActs("image");
  const { acceptPresent, acceptAbsent, suggested, others, allowClosing, checked } = props;
  return (
    <div className="actions">
      {isNew && (
        <p className="actions-hint">
          <span className="key-words">
            <kbd>1</kbd> … <kbd>0</kbd> say present, with <kbd>Shift</kbd> absent. Nothing to submit:{" "}
            <kbd>{hint("next")}</kbd> goes on.
          </span>
          <span className="touch-words">
            Tap a label if it is there, – if it is not. Nothing to submit: the arrow goes on.
          </span>
        </p>
      )}
      <div className="actions-main">
        <Button kind="main" keyHint={hint("accept")} isDisabled={acceptPresent === 0} onPress={props.onAccept}>
          {acceptPresent === 0 ? "None sure enough" : `Accept ${acceptPresent.toString()}`}
          {acceptPresent > 0 && <span className="hidden-text"> suggestions on screen</span>}
        </Button>
        {suggested > acceptPresent && (
          <Button keyHint={hint("accept-suggested")} onPress={props.onAcceptSuggested}>
            All {suggested} suggested
            <span className="hidden-text">: accept everything that is suggested present, sure enough or not</span>
          </Button>
        )}
        <Button keyHint={hint("close")} isDisabled={checked && (others === 0 || !allowClosing)} onPress={props.onClose}>
          {closeWords(allowClosing, others, checked)}
          {allowClosing && others > 0 && <span className="hidden-text">: close the image</span>}
        </Button>
      </div>
      <div className="actions-move">
        <Button kind="quiet" icon="undo" label="Undo" keyHint={hint("undo")} onPress={props.onUndo} />
        <Button kind="quiet" icon="redo" label="Do again" keyHint={hint("redo")} onPress={props.onRedo} />
        <span className="key-words">
          <Button kind="quiet" icon="keys" label="All keys" keyHint={hint("help")} onPress={openHelp} />
        </span>
        <span className="actions-more">
          {acceptAbsent > 0 && (
            <Button kind="quiet" keyHint={hint("accept-all")} onPress={props.onAcceptAll}>
              +{acceptAbsent} absent
              <span className="hidden-text">
                : accept {acceptPresent} present and {acceptAbsent} absent on screen
              </span>
            </Button>
          )}
        </span>
        <Button
          kind="quiet"
          icon="left"
          label="Image before"
          keyHint={hint("previous")}
          isDisabled={!props.hasPrevious}
          onPress={props.onPrevious}
        />
        <Button icon="right" label="Next image" keyHint={hint("next")} onPress={props.onNext} />
      </div>
    </div>
  );
}

/** What the closing button says it will do. */
export function closeWords(allowClosing: boolean, others: number, checked: boolean): string {
  if (!allowClosing) return checked ? "Checked" : "Mark as checked";
  if (others === 0) return checked ? "Closed" : "Mark as checked";
  return `Other ${others.toString()} absent`;
}
