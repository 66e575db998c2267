/** The label editor: the list, one label open beside it, and what Tern reads its name as. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys, useLabels } from "../../api/queries";
import type { Label, Project } from "../../api/types";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { Empty, Waiting } from "../../ui/Empty";
import { Deleted } from "./Deleted";
import { LabelForm } from "./LabelForm";
import { ManyLabels } from "./ManyLabels";
import "./labels.css";

const STAGES: Readonly<Record<string, string>> = { name: "from its name", learning: "learning", trained: "trained" };

/** Which label is open in the form, or that a new one is; the address names it. */
function useEditing(labels: readonly Label[] | undefined, isLead: boolean) {
  const [search, setSearch] = useSearchParams();
  const [added, setAdded] = useState<readonly Label[]>([]);
  const announce = useAnnounce();
  const wanted = search.get("edit");
  const open = labels?.find((label) => label.id.toString() === wanted) ?? null;
  const edit = (id: string | null) => setSearch(id === null ? {} : { edit: id }, { replace: true });
  const done = (label: Label | null) => {
    if (label !== null && open === null) {
      // The form starts anew, with its name in focus: the next label is a name and Enter.
      setAdded((before) => [...before, label]);
      announce(`${label.name} added`, { show: true });
      if (wanted !== "new") edit("new");
      return;
    }
    // Saved: whoever has opened another label meanwhile stays there.
    if (label !== null) return;
    edit(null);
    // What had the focus is gone with the form.
    document.querySelector<HTMLElement>(".page-actions .button")?.focus();
  };
  const isAdding = wanted === "new" || (labels?.length === 0 && isLead);
  return { open, isAdding, added, add: () => edit("new"), done };
}

export default function LabelsPage() {
  const project = useThisProject();
  const labels = useLabels(project.id);
  const [list, setList] = useState<string | null>(null);
  const lead = project.role === "lead";
  const editing = useEditing(labels.data, lead);
  return (
    <ProjectShell
      title="Labels"
      lead="A label can be added, renamed and described at any time. A new one is unknown everywhere, and has suggestions at once."
      actions={
        lead && (
          <>
            <Button onPress={() => setList("")}>Add many</Button>
            <Button kind={labels.data?.length === 0 ? "plain" : "main"} icon="plus" onPress={editing.add}>
              Add a label
            </Button>
          </>
        )
      }
    >
      {labels.isPending && <Waiting what="Reading the labels" />}
      {labels.isError && !labels.data && (
        <Empty
          title="The labels could not be read"
          tone="bad"
          action={<Button onPress={() => void labels.refetch()}>Try again</Button>}
        >
          {sayError(labels.error)}
        </Empty>
      )}
      {labels.data && <Editor project={project} labels={labels.data} editing={editing} onList={setList} />}
      <ManyLabels project={project.id} pasted={list} onClose={() => setList(null)} />
    </ProjectShell>
  );
}

interface EditorProps {
  project: Project;
  labels: readonly Label[];
  editing: ReturnType<typeof useEditing>;
  onList: (text: string) => void;
}

/** The list, and beside it the label that is open. */
function Editor({ project, labels, editing, onList }: EditorProps) {
  const [filter, setFilter] = useState("");
  const { open, isAdding, added, done } = editing;
  return (
    <div className="labels" data-open={open !== null || isAdding || undefined}>
      <div className="labels-list">
        {labels.length > 8 && (
          <input
            className="labels-find"
            type="search"
            placeholder="Find a label"
            aria-label="Find a label"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
          />
        )}
        <LabelGroups labels={labels} filter={filter} open={open?.id ?? null} />
        {project.role === "lead" && <DeletedLabels project={project.id} />}
      </div>
      {(open !== null || isAdding) && (
        <LabelForm
          key={open?.id ?? `new-${added.length.toString()}`}
          project={project}
          label={isAdding ? null : open}
          labels={labels}
          group={added.at(-1)?.group ?? ""}
          onDone={done}
          onList={onList}
        />
      )}
    </div>
  );
}

function matches(label: Label, filter: string): boolean {
  const text = [label.name, label.group, label.rule, ...label.synonyms].join(" ").toLowerCase();
  return text.includes(filter.trim().toLowerCase());
}

function LabelGroups({ labels, filter, open }: { labels: readonly Label[]; filter: string; open: number | null }) {
  const groups = Map.groupBy(
    labels.filter((label) => matches(label, filter)),
    (label) => label.group,
  );
  return [...groups].map(([group, own]) => (
    <section key={group} className="labels-group">
      {(group || groups.size > 1) && <h2>{group || "No group"}</h2>}
      <ul>
        {own.map((label) => (
          <li key={label.id}>
            <Link
              className="labels-item"
              to={`?edit=${label.id.toString()}`}
              replace
              aria-current={label.id === open ? "true" : undefined}
            >
              <span className="labels-dot" style={{ background: label.colour }} aria-hidden="true" />
              <span className="labels-name">
                {label.name}
                {label.concepts.length > 0 && (
                  <span className="labels-read">
                    read as{" "}
                    {label.concepts
                      .map((concept) => concept.name)
                      .slice(0, 3)
                      .join(", ")}
                  </span>
                )}
              </span>
              {label.key && <kbd title={`Pinned to ${label.key.toUpperCase()}`}>{label.key.toUpperCase()}</kbd>}
              <span className="labels-stage">
                {STAGES[label.stage] ?? label.stage}
                <span>{label.positives} present</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  ));
}

function DeletedLabels({ project }: { project: number }) {
  const deleted = useQuery<Label[]>({
    queryKey: [...keys.labels(project), "deleted"],
    queryFn: () =>
      unwrap(api.GET("/api/projects/{project}/labels/", { params: { path: { project }, query: { deleted: true } } })),
  });
  return <Deleted project={project} labels={deleted.data ?? []} />;
}
