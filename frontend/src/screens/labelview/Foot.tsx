/** What a commit writes, said on its button; overwriting marks is a step of its own; undo takes the whole page back. */
import { useKeyHelp } from "../../keys/KeyHelp";
import type { Hint } from "../../keys/useKeys";
import { Button } from "../../ui/Button";
import { counted, number } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";
import type { Tally } from "./page";

interface Props {
  tally: Tally;
  marked: number;
  selected: number;
  isFresh: boolean;
  /** The person has written no more than a few pages. */
  isNew: boolean;
  hint: Hint;
  onCommit: () => void;
  onOverwrite: () => void;
  onUndo: () => void;
  onRedo: () => void;
  onFresh: () => void;
  onSay: (value: -1 | 0 | 1) => void;
  onNextLabel: (() => void) | null;
  asking: boolean;
  setAsking: (asking: boolean) => void;
}

export function Foot({
  tally,
  marked,
  selected,
  isFresh,
  isNew,
  hint,
  onCommit,
  onOverwrite,
  onUndo,
  onRedo,
  onFresh,
  onSay,
  onNextLabel,
  asking,
  setAsking,
}: Props) {
  const openHelp = useKeyHelp();
  const total = tally.present + tally.absent;
  return (
    <footer className="label-foot">
      {selected > 1 && (
        <div className="label-chosen" role="group" aria-label={`${counted(selected, "tile")} selected`}>
          <span>{number(selected)} selected</span>
          <Button onPress={() => onSay(1)} icon="check" keyHint={hint("all-present")}>
            Present
          </Button>
          <Button onPress={() => onSay(-1)} icon="minus" keyHint={hint("all-absent")}>
            Absent
          </Button>
          <Button onPress={() => onSay(0)} keyHint={hint("tile-skip")}>
            Leave
          </Button>
        </div>
      )}
      <Button
        kind="main"
        data-testid="commit"
        isDisabled={total === 0}
        onPress={onCommit}
        keyHint={hint("commit-page")}
      >
        {total === 0 ? "Nothing to write" : `Write ${number(tally.present)} present, ${number(tally.absent)} absent`}
      </Button>
      {tally.overwrite > 0 && (
        <Button kind="danger" data-testid="overwrite" onPress={() => setAsking(true)} keyHint={hint("overwrite-page")}>
          Overwrite {number(tally.overwrite)} marked
        </Button>
      )}
      <p className="label-foot-note">
        {noteOf(tally, marked, hint) || (isNew && total > 0 && <FirstWords hint={hint} />)}
      </p>
      {isFresh && (
        <Button kind="quiet" icon="sparkle" onPress={onFresh} keyHint={hint("page-fresh")}>
          New suggestions
        </Button>
      )}
      <span className="label-foot-end">
        <span className="key-words">
          <Button kind="quiet" icon="keys" label="All keys" keyHint={hint("help")} onPress={openHelp} />
        </span>
        <Button kind="quiet" icon="undo" label="Undo" keyHint={hint("undo")} onPress={onUndo} />
        <Button kind="quiet" icon="redo" label="Do again" keyHint={hint("redo")} onPress={onRedo} />
        <Button isDisabled={onNextLabel === null} onPress={() => onNextLabel?.()} keyHint={hint("next-label")}>
          Next label
        </Button>
      </span>
      <ConfirmOverwrite
        count={tally.overwrite}
        isOpen={asking && tally.overwrite > 0}
        onClose={() => setAsking(false)}
        onOverwrite={onOverwrite}
      />
    </footer>
  );
}

/** For the first pages of a person. */
function FirstWords({ hint }: { hint: Hint }) {
  return (
    <>
      Framed is present, shaded absent.{" "}
      <span className="key-words">
        Click what is wrong, or move the line: <kbd>{hint("cut-earlier")}</kbd> <kbd>{hint("cut-later")}</kbd>
      </span>
      <span className="touch-words">Tap what is wrong.</span>
    </>
  );
}

function noteOf(tally: Tally, marked: number, hint: Props["hint"]): string {
  const parts: string[] = [];
  if (tally.left > 0) parts.push(`${counted(tally.left, "stays", "stay")} unknown${reasonOf(tally, hint)}`);
  if (marked > 0) parts.push(`${number(marked)} already marked`);
  return parts.join(", ");
}

/** Why tiles stay unknown, where the person did not say so. */
function reasonOf({ left, unsuggested, unproven }: Tally, hint: Props["hint"]): string {
  if (unproven > 0)
    return `: the model knows only the name yet. Say what is present; ${hint("all-absent")} says the rest is absent`;
  if (unsuggested === 0) return "";
  return unsuggested === left ? ": no suggestion yet" : ` (${number(unsuggested)} without a suggestion yet)`;
}

interface ConfirmProps {
  count: number;
  isOpen: boolean;
  onClose: () => void;
  onOverwrite: () => void;
}

function ConfirmOverwrite({ count, isOpen, onClose, onOverwrite }: ConfirmProps) {
  const only = count === 1 ? "This mark is" : `These ${counted(count, "mark")} are`;
  return (
    <Sheet title={`Overwrite ${counted(count, "mark")}?`} isOpen={isOpen} onClose={onClose}>
      <div className="form">
        <p>
          {only} replaced by what you said on this page. Each stays in the history of its picture, and undo takes them
          back one by one.
        </p>
        <div className="form-end">
          <Button onPress={onClose}>Keep them</Button>
          <Button
            kind="danger"
            autoFocus
            onPress={() => {
              onClose();
              onOverwrite();
            }}
          >
            Overwrite {number(count)}
          </Button>
        </div>
      </div>
    </Sheet>
  );
}
