/** What a label means (`i`) and how its cell came to be (`y`), shown where it is marked. Does not stop the keys. */
import { useQuery } from "@tanstack/react-query";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys, useMembers } from "../../api/queries";
import type { HistoryEntry, Label } from "../../api/types";
import { Button } from "../../ui/Button";
import { percent, STATE_WORDS, StateGlyph, stateOfValue } from "../../ui/State";

const STAGES: Readonly<Record<string, string>> = { name: "from its name", learning: "learning", trained: "trained" };

export const SOURCE_WORDS: Readonly<Record<string, string>> = {
  human: "marked",
  imported: "imported",
  accepted: "suggestion accepted",
  page: "page of tiles",
  closed: "image closed",
  implied: "implied",
  policy: "accepted by a rule",
  audit: "blind question",
};

interface Props {
  project: number;
  image: number;
  label: Label;
  kind: "rule" | "history";
  onClose: () => void;
}

export function LabelCard({ project, image, label, kind, onClose }: Props) {
  return (
    <section className="card" aria-label={kind === "rule" ? `What ${label.name} means` : `History of ${label.name}`}>
      <header className="card-head">
        <h2>{label.name}</h2>
        <Button kind="quiet" icon="cross" label="Close the card" onPress={onClose} />
      </header>
      {kind === "rule" ? (
        <Rule project={project} label={label} />
      ) : (
        <History project={project} image={image} label={label} />
      )}
    </section>
  );
}

function Rule({ project, label }: { project: number; label: Label }) {
  const concepts = label.concepts.map((concept) => concept.name).join(", ");
  const { accept_present: present, accept_absent: absent } = label;
  return (
    <div className="card-body">
      <p className="card-rule">{label.rule || "No rule yet. A lead can write one in the label editor."}</p>
      <Examples project={project} label={label} />
      <dl>
        {label.synonyms.length > 0 && <Line term="Also called">{label.synonyms.join(", ")}</Line>}
        {concepts && <Line term="Read as">{concepts}</Line>}
        <Line term="Stage">
          {STAGES[label.stage] ?? label.stage}, {label.positives} present of {label.known} known
        </Line>
        <Line term="Accepting">
          {present === null ? "not enough evidence yet" : `present from ${percent(present)}`}
          {absent === null ? "" : `, absent up to ${percent(absent)}`}
        </Line>
        <Line term="Rule version">{label.rule_version}</Line>
      </dl>
    </div>
  );
}

function Line({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div className="card-line">
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Examples({ project, label }: { project: number; label: Label }) {
  const examples = useQuery({
    queryKey: ["project", project, "examples", label.id],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/images/", {
          params: { path: { project }, query: { label: label.id, state: "present", order: "score" } },
        }),
      ),
  });
  const shown = examples.data?.results.slice(0, 4) ?? [];
  if (shown.length === 0) return null;
  return (
    <ul className="card-examples" aria-label="Marked present">
      {shown.map((image) => (
        <li key={image.id}>
          <img src={image.thumbnail} alt={image.file_name} />
        </li>
      ))}
    </ul>
  );
}

function History({ project, image, label }: { project: number; image: number; label: Label }) {
  const members = useMembers(project);
  const history = useQuery({
    queryKey: keys.history(project, image),
    queryFn: () =>
      unwrap(api.GET("/api/projects/{project}/images/{image}/history/", { params: { path: { project, image } } })),
    staleTime: 0,
  });
  const own = history.data?.filter((entry) => entry.label === label.id) ?? [];
  const nameOf = (id: number | null) => {
    const user = members.data?.find((member) => member.user.id === id)?.user;
    return user ? user.display_name || user.username : id === null ? "Tern" : `person ${id.toString()}`;
  };
  if (history.isError) return <p className="card-body">{sayError(history.error)}</p>;
  return (
    <ol className="card-body">
      {history.data && own.length === 0 && <li>Nobody has marked it yet.</li>}
      {own.map((entry) => (
        <Change key={entry.version} entry={entry} who={nameOf(entry.by)} />
      ))}
    </ol>
  );
}

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function Change({ entry, who }: { entry: HistoryEntry; who: string }) {
  const state = stateOfValue(entry.new);
  return (
    <li className="change">
      <StateGlyph state={state} />
      <span>
        {STATE_WORDS[state]}, was {STATE_WORDS[stateOfValue(entry.old)]}
      </span>
      <span className="change-who">
        {who}, {SOURCE_WORDS[entry.source] ?? entry.source},{" "}
        <time dateTime={entry.at}>{WHEN.format(new Date(entry.at))}</time>
      </span>
    </li>
  );
}
