/**
 * `/`: find a label by typing, in names, synonyms and rules. Enter says present, Shift+Enter absent, Ctrl+Enter unknown,
 * whatever the label was before, and goes back to the list; a click says present and stays.
 */
import { useState } from "react";
import type { KeyboardEvent } from "react";

import type { Cell, Label, Value } from "../../api/types";
import { printed } from "../../keys/chord";
import { Button } from "../../ui/Button";
import { STATE_WORDS, StateGlyph, stateOf, Suggestion } from "../../ui/State";
import { findLabels } from "./layout";

interface Props {
  labels: readonly Label[];
  cells: ReadonlyMap<number, Cell>;
  version: number | null;
  say: (label: number, value: Value) => void;
  onClose: (at: number | null) => void;
}

const MOST_SHOWN = 40;

export function FindLabel({ labels, cells, version, say, onClose }: Props) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const found = findLabels(labels, query).slice(0, MOST_SHOWN);
  const chosen = found[Math.min(at, found.length - 1)];

  const answer = (value: Value) => {
    if (!chosen) return;
    say(chosen.id, value);
    onClose(chosen.id);
  };
  const press = (event: KeyboardEvent) => {
    const moves: Record<string, () => void> = {
      ArrowDown: () => setAt(Math.min(at + 1, found.length - 1)),
      ArrowUp: () => setAt(Math.max(at - 1, 0)),
      Escape: () => onClose(chosen?.id ?? null),
      Enter: () => answer(event.ctrlKey || event.metaKey ? 0 : event.shiftKey ? -1 : 1),
    };
    const act = moves[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  return (
    <div className="find">
      <FindField
        query={query}
        chosen={chosen}
        onQuery={(text) => {
          setQuery(text);
          setAt(0);
        }}
        onPress={press}
        onClose={() => onClose(chosen?.id ?? null)}
      />
      <ul id="found-labels" role="listbox" aria-label="Labels found" className="find-list">
        {found.map((label, place) => (
          <Found
            key={label.id}
            label={label}
            cell={cells.get(label.id)}
            version={version}
            isChosen={label === chosen}
            onPick={() => {
              setAt(place);
              say(label.id, 1);
            }}
          />
        ))}
        {found.length === 0 && <li className="find-none">No label says “{query}”.</li>}
      </ul>
      {chosen && <Answers name={chosen.name} answer={answer} />}
    </div>
  );
}

interface FieldProps {
  query: string;
  chosen: Label | undefined;
  onQuery: (text: string) => void;
  onPress: (event: KeyboardEvent) => void;
  onClose: () => void;
}

function FindField({ query, chosen, onQuery, onPress, onClose }: FieldProps) {
  return (
    <div className="find-top">
      <input
        className="find-field"
        type="search"
        role="combobox"
        aria-label="Find a label by name, synonym or rule"
        aria-expanded="true"
        aria-controls="found-labels"
        aria-activedescendant={chosen && `found-${chosen.id.toString()}`}
        placeholder="Find a label"
        autoFocus
        value={query}
        onChange={(event) => onQuery(event.target.value)}
        onKeyDown={onPress}
      />
      <Button kind="quiet" icon="cross" label="Back to the list" keyHint="Esc" onPress={onClose} />
    </div>
  );
}

/** What can be said of the label that is chosen. */
function Answers({ name, answer }: { name: string; answer: (value: Value) => void }) {
  return (
    <div className="find-answers" role="group" aria-label={`Say of ${name}`}>
      <span className="find-chosen">{name}</span>
      <Button kind="quiet" keyHint="↵" onPress={() => answer(1)}>
        present
      </Button>
      <Button kind="quiet" keyHint="Shift ↵" onPress={() => answer(-1)}>
        absent
      </Button>
      <Button kind="quiet" keyHint={printed("Mod+Enter")} onPress={() => answer(0)}>
        unknown
      </Button>
    </div>
  );
}

interface FoundProps {
  label: Label;
  cell: Cell | undefined;
  version: number | null;
  isChosen: boolean;
  onPick: () => void;
}

function Found({ label, cell, version, isChosen, onPick }: FoundProps) {
  const state = cell ? stateOf(cell) : "unknown";
  return (
    <li
      id={`found-${label.id.toString()}`}
      role="option"
      aria-selected={isChosen}
      className="found"
      data-chosen={isChosen || undefined}
      ref={(element) => {
        if (isChosen) element?.scrollIntoView({ block: "nearest" });
      }}
      onClick={onPick}
    >
      <StateGlyph state={state} />
      <span className="found-name">
        {label.name}
        {label.synonyms.length > 0 && <small>{label.synonyms.join(", ")}</small>}
      </span>
      <span className={state === "unknown" ? "hidden-text" : "row-word"}>{STATE_WORDS[state]}</span>
      {cell?.score != null && <Suggestion score={cell.score} version={version} />}
    </li>
  );
}
