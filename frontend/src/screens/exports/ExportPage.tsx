/** Export: a snapshot is made once and never changes; its files carry checksums and can be fetched again. */
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { snapshotsChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Snapshot } from "../../api/types";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { useLiveEvent } from "../../live/useLive";
import { Empty, Waiting } from "../../ui/Empty";
import { NewSnapshot } from "./NewSnapshot";
import { SnapshotCard } from "./SnapshotCard";
import "./exports.css";

export default function ExportPage() {
  const project = useThisProject();
  const queries = useQueryClient();
  const snapshots = useQuery<Snapshot[]>({
    queryKey: keys.snapshots(project.id),
    queryFn: () => unwrap(api.GET("/api/projects/{project}/snapshots/", { params: { path: { project: project.id } } })),
  });
  const reread = () => void snapshotsChanged(queries, project.id);
  useLiveEvent("job", ({ kind, state }) => kind === "export" && state !== "running" && reread());
  return (
    <ProjectShell
      title="Export"
      lead="A snapshot holds the project as it is now and never changes afterwards. What nobody marked stays unknown in it."
    >
      <div className="exports">
        <NewSnapshot project={project.id} onMade={reread} />
        <section className="exports-list" aria-label="Snapshots">
          {snapshots.isPending && <Waiting what="Reading the snapshots" />}
          {snapshots.isError && <p className="field-error">{sayError(snapshots.error)}</p>}
          {snapshots.data?.length === 0 && (
            <Empty title="No snapshot yet">Choose the formats and make the first one.</Empty>
          )}
          {snapshots.data?.map((snapshot, place) => (
            <SnapshotCard
              key={snapshot.id}
              project={project.id}
              snapshot={snapshot}
              before={snapshots.data.slice(place + 1).find((one) => one.finished_at !== null)?.number ?? null}
            />
          ))}
        </section>
      </div>
    </ProjectShell>
  );
}
