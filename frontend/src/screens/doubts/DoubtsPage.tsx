/** Marks that a model which did not train on them, and the look-alikes, disagree with; one key confirms or flips. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys, useImage, useLabels } from "../../api/queries";
import type { Label, Schemas, Value } from "../../api/types";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { useHint, useKeys } from "../../keys/useKeys";
import type { Act } from "../../sync/entry";
import { useMarking } from "../../sync/useMarking";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { Select } from "../../ui/Choice";
import { Empty, Waiting } from "../../ui/Empty";
import { percent, STATE_WORDS, StateGlyph, stateOfValue } from "../../ui/State";
import { expectation } from "./expectation";
import "./doubts.css";

type Doubt = Schemas["Doubt"];

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
/** How the mark came to be, where that was not by looking at this label in this picture. */
const HOW: Readonly<Record<string, string>> = {
  imported: "Imported",
  page: "Marked with a page",
  closed: "Closed with the rest",
  accepted: "Accepted from a suggestion",
  audit: "Answered blind",
};

const nameOf = (doubt: Pick<Doubt, "image" | "label">) => `${doubt.image.toString()}:${doubt.label.toString()}`;

export default function DoubtsPage() {
  const project = useThisProject();
  const labels = useLabels(project.id);
  const [search, setSearch] = useSearchParams();
  const label = Number(search.get("label")) || undefined;
  const doubts = useQuery<Doubt[]>({
    queryKey: [...keys.project(project.id), "doubts", label ?? 0],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/doubts/", { params: { path: { project: project.id }, query: { label } } }),
      ),
    staleTime: 0,
  });
  const options = [
    { value: "0", text: "All labels" },
    ...(labels.data ?? []).map((one) => ({ value: one.id.toString(), text: one.name })),
  ];
  return (
    <ProjectShell
      title="Doubts"
      lead="Marks that a model which never saw them disagrees with, most doubtful first. Each says why; you decide."
      actions={
        <Select
          label="Label"
          hideLabel
          value={(label ?? 0).toString()}
          options={options}
          onChange={(id) => setSearch(id === "0" ? {} : { label: id }, { replace: true })}
        />
      }
    >
      {doubts.isPending && <Waiting what="Looking for doubts" />}
      {doubts.isError && !doubts.data && (
        <Empty
          title="The doubts could not be read"
          tone="bad"
          action={<Button onPress={() => void doubts.refetch()}>Try again</Button>}
        >
          {sayError(doubts.error)}
        </Empty>
      )}
      {doubts.data?.length === 0 && (
        <Empty title="No mark is doubted">
          The present model and the look-alikes speak against no mark that has not been looked at since. Doubts are
          looked for after every training on marks.
        </Empty>
      )}
      {doubts.data && doubts.data.length > 0 && labels.data && (
        <DoubtList key={label ?? 0} project={project.id} doubts={doubts.data} labels={labels.data} />
      )}
    </ProjectShell>
  );
}

function DoubtList({
  project,
  doubts,
  labels,
}: {
  project: number;
  doubts: readonly Doubt[];
  labels: readonly Label[];
}) {
  const [done, setDone] = useState<ReadonlyMap<string, Value>>(new Map());
  const [at, setAt] = useState(0);
  const marking = useMarking(project);
  const queries = useQueryClient();
  const announce = useAnnounce();
  const byId = useMemo(() => new Map(labels.map((label) => [label.id, label])), [labels]);
  const doubt = doubts[Math.min(at, doubts.length - 1)];
  const detail = useImage(project, doubt?.image ?? null);
  const cell = detail.data?.cells.find((one) => one.label === doubt?.label);
  const go = (by: number) => setAt((before) => Math.min(doubts.length - 1, Math.max(0, before + by)));

  const say = (value: Value) => {
    if (!doubt || !cell) return;
    const name = byId.get(doubt.label)?.name ?? "label";
    marking.mark(doubt.image, cell, value, `${name}, doubted`);
    setDone((before) => new Map([...before, [nameOf(doubt), value]]));
    announce(`${name}: ${STATE_WORDS[stateOfValue(value)]}, ${value === doubt.value ? "confirmed" : "flipped"}`);
    go(1);
  };
  /** Show what became of a doubt that was taken back or said again. */
  const turned = (act: Act | null, isBack: boolean) => {
    const effect = act?.effects[0];
    if (!effect) return;
    const name = nameOf(effect);
    setDone((before) => {
      const others = [...before].filter(([key]) => key !== name);
      return new Map(isBack ? others : [...others, [name, effect.value]]);
    });
    const place = doubts.findIndex((one) => nameOf(one) === name);
    if (place >= 0) setAt(place);
    void queries.invalidateQueries({ queryKey: keys.image(project, effect.image) });
  };
  const undo = async () => turned(await marking.undo(), true);
  const redo = async () => turned(await marking.redo(), false);
  const confirm = () => doubt && say(doubt.value as Value);
  const flip = () => doubt && say(doubt.value === 1 ? -1 : 1);
  useKeys("doubts", {
    "doubt-next": () => go(1),
    "doubt-before": () => go(-1),
    "doubt-confirm": confirm,
    "doubt-flip": flip,
    undo: () => void undo(),
    redo: () => void redo(),
  });
  const hint = useHint();
  if (!doubt) return null;
  const label = byId.get(doubt.label);
  const state = stateOfValue(doubt.value as Value);
  const expected = expectation(doubts);
  // The answer that is more likely right stands out; both are one key.
  const isLikely = (doubt.chance ?? 1) > 0.5;
  return (
    <div className="doubts">
      {expected && <p className="doubts-expected">{expected}</p>}
      <ol className="doubt-list" aria-label="Doubted marks">
        {doubts.map((one, index) => (
          <li key={nameOf(one)}>
            <button
              type="button"
              className="doubt-item"
              aria-current={one === doubt ? "true" : undefined}
              data-done={done.has(nameOf(one)) || undefined}
              onClick={() => setAt(index)}
            >
              <img src={`/media/${project.toString()}/${one.image.toString()}/thumbnail`} alt="" loading="lazy" />
              <span>
                <strong>{byId.get(one.label)?.name ?? "a deleted label"}</strong>
                <span className="doubt-small">
                  {done.has(nameOf(one))
                    ? done.get(nameOf(one)) === one.value
                      ? "confirmed"
                      : "flipped"
                    : `${STATE_WORDS[stateOfValue(one.value as Value)]} by ${one.by_name}, model says ${percent(one.probability)}`}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ol>
      <section className="part doubt-open" aria-label={`Doubt ${(at + 1).toString()} of ${doubts.length.toString()}`}>
        <div className="doubt-picture">
          {detail.data && <img src={detail.data.preview} alt={detail.data.file_name} />}
        </div>
        <div className="doubt-text">
          <h2>
            <StateGlyph state={state} size={24} /> {label?.name ?? "A deleted label"} is marked {STATE_WORDS[state]}
          </h2>
          <p data-testid="doubt-reason">{doubt.reason}</p>
          <p className="part-note" data-testid="doubt-whose">
            {HOW[doubt.source] ?? "Marked"} by {doubt.by_name} on {WHEN.format(new Date(doubt.at))}
          </p>
          {label?.rule && <p className="part-note">{label.rule}</p>}
          <div className="doubt-acts">
            <Button
              kind={isLikely ? "plain" : "main"}
              icon="check"
              keyHint={hint("doubt-confirm")}
              isDisabled={!cell}
              onPress={confirm}
            >
              It is right
            </Button>
            <Button kind={isLikely ? "main" : "plain"} keyHint={hint("doubt-flip")} isDisabled={!cell} onPress={flip}>
              Make it {doubt.value === 1 ? "absent" : "present"}
            </Button>
            <Button kind="quiet" icon="undo" label="Undo" keyHint={hint("undo")} onPress={() => void undo()} />
            <Button kind="quiet" icon="redo" label="Do again" keyHint={hint("redo")} onPress={() => void redo()} />
            <Link className="doubt-all" to={`/projects/${project.toString()}/label?image=${doubt.image.toString()}`}>
              All labels of this picture
            </Link>
          </div>
        </div>
      </section>
    </div>
  );
}
