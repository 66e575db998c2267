/** What a commit writes, said on its button; overwriting marks is a step of its own; undo takes the whole page back. */
import { useMemo } from "react";

import { useKeyHelp } from "../../keys/KeyHelp";
import type { Hint } from "../../keys/useKeys";
import { Button } from "../../ui/Button";
import { counted, number } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";
import type { Tally } from "./page";
import type { Bench, BenchActs } from "./useBench";
import type { PageState } from "./usePageState";

interface Props {
  bench: Bench;
  hint: Hint;
}

export function Foot({ bench, hint }: Props) {
  const { state, acts, counts, isNew } = bench;
  const marked = useMemo(() => state.board.tiles.filter((tile) => tile.value !== 0).length, [state.board]);
  const total = counts.present + counts.absent;
  return (
    <footer className="label-foot">
      {state.selected.size > 1 && <Chosen state={state} hint={hint} />}
      <Button
        kind="main"
        className="label-commit"
        data-testid="commit"
        isDisabled={total === 0}
        onPress={acts.commit}
        keyHint={hint("commit-page")}
      >
        {total === 0 ? "Nothing to write" : `Write ${number(counts.present)} present, ${number(counts.absent)} absent`}
      </Button>
      {counts.overwrite > 0 && (
        <Button
          kind="danger"
          data-testid="overwrite"
          onPress={() => acts.askOverwrite(true)}
          keyHint={hint("overwrite-page")}
        >
          Overwrite {number(counts.overwrite)} marked
        </Button>
      )}
      <p className="label-foot-note">
        {noteOf(counts, marked, hint) || (isNew && total > 0 && <FirstWords hint={hint} />)}
      </p>
      {bench.isFresh && (
        <Button kind="quiet" icon="sparkle" onPress={acts.takeFresh} keyHint={hint("page-fresh")}>
          New suggestions
        </Button>
      )}
      <FootEnd acts={acts} hint={hint} />
      <ConfirmOverwrite
        count={counts.overwrite}
        isOpen={bench.isAsking && counts.overwrite > 0}
        onClose={() => acts.askOverwrite(false)}
        onOverwrite={acts.overwrite}
      />
    </footer>
  );
}

/** What can be said of all selected tiles at once. */
function Chosen({ state, hint }: { state: PageState; hint: Hint }) {
  const count = state.selected.size;
  return (
    <div className="label-chosen" role="group" aria-label={`${counted(count, "tile")} selected`}>
      <span>{number(count)} selected</span>
      <Button onPress={() => state.sayTargets(1)} icon="check" keyHint={hint("all-present")}>
        Present
      </Button>
      <Button onPress={() => state.sayTargets(-1)} icon="minus" keyHint={hint("all-absent")}>
        Absent
      </Button>
      <Button onPress={() => state.sayTargets(0)} keyHint={hint("tile-skip")}>
        Leave
      </Button>
    </div>
  );
}

function FootEnd({ acts, hint }: { acts: BenchActs; hint: Hint }) {
  const openHelp = useKeyHelp();
  return (
    <span className="label-foot-end">
      <span className="key-words">
        <Button kind="quiet" icon="keys" label="All keys" keyHint={hint("help")} onPress={openHelp} />
      </span>
      <Button kind="quiet" icon="undo" label="Undo" keyHint={hint("undo")} onPress={acts.undo} />
      <Button kind="quiet" icon="redo" label="Do again" keyHint={hint("redo")} onPress={acts.redo} />
      <Button isDisabled={acts.nextLabel === null} onPress={() => acts.nextLabel?.()} keyHint={hint("next-label")}>
        Next label
      </Button>
    </span>
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

function noteOf(tally: Tally, marked: number, hint: Hint): string {
  const parts: string[] = [];
  if (tally.left > 0) parts.push(`${counted(tally.left, "stays", "stay")} unknown${reasonOf(tally, hint)}`);
  if (marked > 0) parts.push(`${number(marked)} already marked`);
  return parts.join(", ");
}

/** Why tiles stay unknown, where the person did not say so. */
function reasonOf({ left, unsuggested, unproven }: Tally, hint: Hint): string {
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
