/** Export: a snapshot is made once and never changes; its files carry checksums and can be fetched again. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { snapshotsChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Schemas, Snapshot } from "../../api/types";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { useLiveEvent } from "../../live/useLive";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { Switch, Ticks } from "../../ui/Choice";
import { copyText } from "../../ui/copyText";
import { Empty, Waiting } from "../../ui/Empty";
import { size } from "../../ui/numbers";
import "./exports.css";

type Format = Schemas["SnapshotFormat"];
type Source = Schemas["Source"];

const FORMATS: readonly { value: Format; text: string; help: string }[] = [
  { value: "csv", text: "CSV", help: "One row a picture, one column a label: 1, -1, an empty cell for unknown." },
  {
    value: "jsonl",
    text: "JSON Lines",
    help: "Labels and rules, then every mark with who, when and how; an unknown cell is not mentioned.",
  },
  { value: "npz", text: "NumPy", help: "The matrix in {1, -1, 0 for unknown}, with names and hashes." },
];

const SOURCES: readonly { value: Source; text: string }[] = [
  { value: "human", text: "Marked one by one" },
  { value: "page", text: "Pages of tiles" },
  { value: "accepted", text: "Accepted suggestions" },
  { value: "closed", text: "Closed: the rest is absent" },
  { value: "imported", text: "Imported" },
  { value: "audit", text: "Blind questions" },
  { value: "implied", text: "Implied by a relation" },
  { value: "policy", text: "Accepted by a rule" },
];

const EVERY_SOURCE = SOURCES.map((source) => source.value);

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
          {snapshots.data?.map((snapshot) => (
            <SnapshotCard key={snapshot.id} snapshot={snapshot} />
          ))}
        </section>
      </div>
    </ProjectShell>
  );
}

function NewSnapshot({ project, onMade }: { project: number; onMade: () => void }) {
  const [formats, setFormats] = useState<Format[]>(FORMATS.map((format) => format.value));
  const [sources, setSources] = useState<Source[]>(EVERY_SOURCE);
  const [flagged, setFlagged] = useState(false);
  const make = useMutation({
    mutationFn: () => {
      const query = { ...(sources.length < EVERY_SOURCE.length ? { sources } : {}), include_flagged: flagged };
      return unwrap(
        api.POST("/api/projects/{project}/snapshots/", { params: { path: { project } }, body: { formats, query } }),
      );
    },
    onSuccess: onMade,
  });
  return (
    <section className="part" aria-label="New snapshot">
      <Ticks<Format> label="Formats" values={formats} options={FORMATS} onChange={setFormats} />
      <details className="exports-more">
        <summary>
          Which marks:{" "}
          {sources.length === EVERY_SOURCE.length
            ? "all"
            : `${sources.length.toString()} of ${EVERY_SOURCE.length.toString()} kinds`}
        </summary>
        <Ticks<Source> label="Marks that came from" values={sources} options={SOURCES} onChange={setSources} />
      </details>
      <Switch isOn={flagged} onChange={setFlagged} help="Pictures set aside with a reason are left out otherwise.">
        Flagged pictures too
      </Switch>
      {make.isError && (
        <p className="field-error" role="alert">
          {sayError(make.error)}
        </p>
      )}
      <div className="form-end">
        <Button
          kind="main"
          isDisabled={make.isPending || formats.length === 0 || sources.length === 0}
          onPress={() => make.mutate()}
        >
          Make a snapshot
        </Button>
      </div>
    </section>
  );
}

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

function SnapshotCard({ snapshot }: { snapshot: Snapshot }) {
  const announce = useAnnounce();
  const copy = (text: string) =>
    void copyText(text).then((done) =>
      announce(done ? "Checksum copied" : "The checksum could not be copied", { show: true }),
    );
  return (
    <article className="part snapshot" data-testid={`snapshot-${snapshot.number.toString()}`}>
      <header className="part-head">
        <h2>Snapshot {snapshot.number}</h2>
        <span className="part-note">{WHEN.format(new Date(snapshot.created_at))}</span>
      </header>
      {snapshot.finished_at === null ? (
        <>
          <p className="part-note">Being written; you can leave this page.</p>
          <progress className="bar" aria-label="Writing the snapshot" />
        </>
      ) : (
        <>
          <ul className="snapshot-files">
            {snapshot.files.map((file) => (
              <li key={file.name}>
                <a className="button" href={file.url} download>
                  {file.name}
                </a>
                <span>{size(file.size)}</span>
                <button
                  type="button"
                  className="checksum mono"
                  title="Copy the SHA-256 checksum"
                  aria-label={`${file.sha256.slice(0, 16)}…: copy the SHA-256 checksum of ${file.name}`}
                  onClick={() => copy(file.sha256)}
                >
                  {file.sha256.slice(0, 16)}…
                </button>
              </li>
            ))}
          </ul>
          <p className="part-note">
            Matrix <span className="mono">{snapshot.matrix_sha256.slice(0, 24)}…</span>: the same marks always give the
            same checksum.
          </p>
        </>
      )}
    </article>
  );
}
