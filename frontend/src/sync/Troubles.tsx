/** Marks the server did not take as they were: conflicts with both values, parked and refused ones with the reason. */
import { useQueryClient } from "@tanstack/react-query";

import { keys } from "../api/queries";
import type { ImageDetail, Label, Member } from "../api/types";
import { Button } from "../ui/Button";
import { Sheet } from "../ui/Sheet";
import { StateGlyph, STATE_WORDS, stateOfValue } from "../ui/State";
import type { Entry } from "./entry";
import { useOutboxControls } from "./OutboxProvider";
import { counted } from "../ui/numbers";

interface Props {
  entries: readonly Entry[];
  isOpen: boolean;
  onClose: () => void;
}

const HEADINGS: Readonly<Record<Entry["state"], string>> = {
  waiting: "",
  conflict: "Somebody else marked this meanwhile",
  parked: "Parked: what it marks has been deleted",
  rejected: "Not taken",
};

export function Troubles({ entries, isOpen, onClose }: Props) {
  return (
    <Sheet title="Marks that need you" isOpen={isOpen} onClose={onClose}>
      <p>Nothing is lost: each of these is kept here until you decide.</p>
      <ul>
        {entries.map((entry) => (
          <Trouble key={entry.id} entry={entry} />
        ))}
      </ul>
    </Sheet>
  );
}

function Trouble({ entry }: { entry: Entry }) {
  const outbox = useOutboxControls();
  const names = useNames(entry.project);
  const conflict = entry.state === "conflict";
  return (
    <li className="trouble">
      <h3>{HEADINGS[entry.state]}</h3>
      {entry.effects.slice(0, 4).map((effect) => {
        const theirs = entry.theirs.find((cell) => cell.image === effect.image && cell.label === effect.label);
        return (
          <div key={`${effect.image.toString()}:${effect.label.toString()}`}>
            <strong>{names.label(effect.label)}</strong> on {names.image(effect.image)}
            <div className="trouble-values">
              <Side who="You" value={effect.value} />
              {conflict && theirs && <Side who={names.person(theirs.by)} value={theirs.value} />}
            </div>
          </div>
        );
      })}
      {entry.effects.length > 4 && <p>and {counted(entry.effects.length - 4, "more label")}</p>}
      {entry.detail && <p className="trouble-detail">{entry.detail}</p>}
      <div className="form-end">
        {conflict && (
          <Button kind="main" onPress={() => void outbox?.resolve(entry, "mine")}>
            Keep mine
          </Button>
        )}
        <Button onPress={() => void outbox?.resolve(entry, "theirs")}>{conflict ? "Let theirs stand" : "I have seen it"}</Button>
      </div>
    </li>
  );
}

function Side({ who, value }: { who: string; value: -1 | 0 | 1 }) {
  const state = stateOfValue(value);
  return (
    <span className="trouble-value">
      {who}: <StateGlyph state={state} /> {STATE_WORDS[state]}
    </span>
  );
}

/** Names from what is cached; a deleted label or image keeps at least its number. */
function useNames(project: number) {
  const queries = useQueryClient();
  const labels = queries.getQueryData<Label[]>(keys.labels(project)) ?? [];
  const members = queries.getQueryData<Member[]>(keys.members(project)) ?? [];
  return {
    label: (id: number) => labels.find((label) => label.id === id)?.name ?? `label ${id.toString()} (deleted)`,
    image: (id: number) => queries.getQueryData<ImageDetail>(keys.image(project, id))?.file_name ?? `image ${id.toString()}`,
    person: (id: number | null) => {
      const user = members.find((member) => member.user.id === id)?.user;
      return user ? user.display_name || user.username : "Somebody else";
    },
  };
}
