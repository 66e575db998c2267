/** The doubted marks in a list, and beside it the one that is open, with its picture and why it is doubted. */
import { Link } from "react-router";

import type { Label, Value } from "../../api/types";
import { useHint, useKeys } from "../../keys/useKeys";
import { Button } from "../../ui/Button";
import { percent, STATE_WORDS, StateGlyph, stateOfValue } from "../../ui/State";
import { expectation } from "./expectation";
import { nameOf, useDoubts } from "./useDoubts";
import type { Doubt, Doubts } from "./useDoubts";

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
/** How the mark came to be, where that was not by looking at this label in this picture. */
const HOW: Readonly<Record<string, string>> = {
  imported: "Imported",
  page: "Marked with a page",
  closed: "Closed with the rest",
  accepted: "Accepted from a suggestion",
  audit: "Answered blind",
};

interface Props {
  project: number;
  doubts: readonly Doubt[];
  labels: readonly Label[];
}

export function DoubtList({ project, doubts, labels }: Props) {
  const state = useDoubts(project, doubts, labels);
  const { doubt, at, acts } = state;
  useKeys("doubts", {
    "doubt-next": () => acts.go(1),
    "doubt-before": () => acts.go(-1),
    "doubt-confirm": acts.confirm,
    "doubt-flip": acts.flip,
    undo: acts.undo,
    redo: acts.redo,
  });
  if (!doubt) return null;
  const expected = expectation(doubts);
  return (
    <div className="doubts">
      {expected && <p className="doubts-expected">{expected}</p>}
      <ol className="doubt-list" aria-label="Doubted marks">
        {doubts.map((one, index) => (
          <Item key={nameOf(one)} project={project} doubt={one} state={state} onOpen={() => acts.goTo(index)} />
        ))}
      </ol>
      <section className="part doubt-open" aria-label={`Doubt ${(at + 1).toString()} of ${doubts.length.toString()}`}>
        <div className="doubt-picture">
          {state.picture && <img src={state.picture.preview} alt={state.picture.file_name} />}
        </div>
        <Open project={project} doubt={doubt} state={state} />
      </section>
    </div>
  );
}

interface ItemProps {
  project: number;
  doubt: Doubt;
  state: Doubts;
  onOpen: () => void;
}

function Item({ project, doubt, state, onOpen }: ItemProps) {
  const said = state.done.get(nameOf(doubt));
  return (
    <li>
      <button
        type="button"
        className="doubt-item"
        aria-current={doubt === state.doubt ? "true" : undefined}
        data-done={said !== undefined || undefined}
        onClick={onOpen}
      >
        <img src={`/media/${project.toString()}/${doubt.image.toString()}/thumbnail`} alt="" loading="lazy" />
        <span>
          <strong>{state.labels.get(doubt.label)?.name ?? "a deleted label"}</strong>
          <span className="doubt-small">
            {said !== undefined
              ? said === doubt.value
                ? "confirmed"
                : "flipped"
              : `${STATE_WORDS[stateOfValue(doubt.value as Value)]} by ${doubt.by_name}, model says ${percent(doubt.probability)}`}
          </span>
        </span>
      </button>
    </li>
  );
}

/** Why the open mark is doubted, and what can be said of it. */
function Open({ project, doubt, state }: Omit<ItemProps, "onOpen">) {
  const label = state.labels.get(doubt.label);
  const marked = stateOfValue(doubt.value as Value);
  return (
    <div className="doubt-text">
      <h2>
        <StateGlyph state={marked} size={24} /> {label?.name ?? "A deleted label"} is marked {STATE_WORDS[marked]}
      </h2>
      <p data-testid="doubt-reason">{doubt.reason}</p>
      <p className="part-note" data-testid="doubt-whose">
        {HOW[doubt.source] ?? "Marked"} by {doubt.by_name} on {WHEN.format(new Date(doubt.at))}
      </p>
      {label?.rule && <p className="part-note">{label.rule}</p>}
      <Acts project={project} doubt={doubt} state={state} />
    </div>
  );
}

function Acts({ project, doubt, state }: Omit<ItemProps, "onOpen">) {
  const { acts, canSay } = state;
  const hint = useHint();
  // The answer that is more likely right stands out; both are one key.
  const isLikely = (doubt.chance ?? 1) > 0.5;
  return (
    <div className="doubt-acts">
      <Button
        kind={isLikely ? "plain" : "main"}
        icon="check"
        keyHint={hint("doubt-confirm")}
        isDisabled={!canSay}
        onPress={acts.confirm}
      >
        It is right
      </Button>
      <Button kind={isLikely ? "main" : "plain"} keyHint={hint("doubt-flip")} isDisabled={!canSay} onPress={acts.flip}>
        Make it {doubt.value === 1 ? "absent" : "present"}
      </Button>
      <Button kind="quiet" icon="undo" label="Undo" keyHint={hint("undo")} onPress={acts.undo} />
      <Button kind="quiet" icon="redo" label="Do again" keyHint={hint("redo")} onPress={acts.redo} />
      <Link className="doubt-all" to={`/projects/${project.toString()}/label?image=${doubt.image.toString()}`}>
        All labels of this picture
      </Link>
    </div>
  );
}
