/** Marks the server did not take as they were: conflicts with both values, parked and refused ones with the reason. */
import { useQueryClient } from "@tanstack/react-query";

import { keys, useMembers } from "../api/queries";
import { useSession } from "../api/session";
import type { ImageDetail, Label } from "../api/types";
import type { Entry } from "../sync/entry";
import { useOutboxControls } from "../sync/OutboxProvider";
import { Button } from "../ui/Button";
import { Sheet } from "../ui/Sheet";
import { STATE_WORDS, StateGlyph, stateOfValue } from "../ui/State";

interface Props {
  entries: readonly Entry[];
  isOpen: boolean;
  onClose: () => void;
}

const SHOWN_CELLS = 4;

export function Troubles({ entries, isOpen, onClose }: Props) {
  const outbox = useOutboxControls();
  const conflicts = entries.filter((entry) => entry.state === "conflict");
  const others = entries.filter((entry) => entry.state !== "conflict");
  const settle = (keep: "mine" | "theirs") => conflicts.forEach((entry) => void outbox?.resolve(entry, keep));
  return (
    <Sheet title="Marks that need you" isOpen={isOpen} onClose={onClose}>
      <p>Nothing is lost: each of these is kept here until you decide.</p>
      {conflicts.length > 1 && (
        <div className="trouble-all" role="group" aria-label={`All ${conflicts.length.toString()} at once`}>
          <span>All {conflicts.length.toString()} that were marked meanwhile:</span>
          <Button onPress={() => settle("mine")}>Keep all of mine</Button>
          <Button onPress={() => settle("theirs")}>Let all of theirs stand</Button>
        </div>
      )}
      <ul>
        {[...conflicts, ...others].map((entry) => (
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
  const others = [...new Set(entry.theirs.map((cell) => names.person(cell.by)))];
  return (
    <li className="trouble">
      <h3>{heading(entry, others)}</h3>
      {entry.effects.slice(0, SHOWN_CELLS).map((effect) => {
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
      {entry.effects.length > SHOWN_CELLS && <p>and {(entry.effects.length - SHOWN_CELLS).toString()} more</p>}
      {entry.effects.length === 0 && <p>{entry.text}</p>}
      {!conflict && entry.detail && <p className="trouble-detail">{entry.detail}</p>}
      <div className="form-end">
        {conflict ? (
          <>
            <Button kind="main" onPress={() => void outbox?.resolve(entry, "mine")}>
              Keep mine
            </Button>
            <Button onPress={() => void outbox?.resolve(entry, "theirs")}>Let theirs stand</Button>
          </>
        ) : (
          <>
            <Button onPress={() => void outbox?.again(entry)}>Send it again</Button>
            <Button kind="quiet" onPress={() => void outbox?.resolve(entry, "theirs")}>
              Let it go
            </Button>
          </>
        )}
      </div>
    </li>
  );
}

function heading({ state, theirs }: Entry, others: readonly string[]): string {
  if (state === "parked") return "Parked: what it marks has been deleted";
  if (state === "rejected") return "Not taken";
  const isUnknown = theirs.every((cell) => cell.by === null);
  return isUnknown ? "Set back to unknown meanwhile" : `${others.join(" and ")} marked this meanwhile`;
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
  const { person } = useSession();
  const labels = queries.getQueryData<Label[]>(keys.labels(project)) ?? [];
  const members = useMembers(project).data ?? [];
  return {
    label: (id: number) => labels.find((label) => label.id === id)?.name ?? `label ${id.toString()} (deleted)`,
    image: (id: number) =>
      queries.getQueryData<ImageDetail>(keys.image(project, id))?.file_name ?? `image ${id.toString()}`,
    person: (id: number | null) => {
      if (id === null) return "Now";
      if (id === person?.id) return "You, elsewhere,";
      const user = members.find((member) => member.user.id === id)?.user;
      return user ? user.display_name || user.username : "Somebody else";
    },
  };
}
