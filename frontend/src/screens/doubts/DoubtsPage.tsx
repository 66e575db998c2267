/** Marks that a model which did not train on them, and the look-alikes, disagree with; one key confirms or flips. */
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys, useLabels } from "../../api/queries";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { Button } from "../../ui/Button";
import { Select } from "../../ui/Choice";
import { Empty, Waiting } from "../../ui/Empty";
import { DoubtList } from "./DoubtList";
import type { Doubt } from "./useDoubts";
import "./doubts.css";

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
