/** Import: drop files or name a folder on the server, see what would happen, then do it. It goes on when the page is left. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Button as AriaButton, DropZone, FileTrigger, isFileDropItem, Text } from "react-aria-components";
import { useSearchParams } from "react-router";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys, useJobs } from "../../api/queries";
import type { Job } from "../../api/types";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { Button } from "../../ui/Button";
import { Segments, Switch } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { counted, number, size } from "../../ui/numbers";
import { ImportJob } from "./ImportJob";
import { upload } from "./upload";
import "./imports.css";

type From = "files" | "folder";

const ACCEPTED = ["image/*", ".zip", ".csv", ".jsonl", ".npz"];

export default function ImportPage() {
  const project = useThisProject();
  const queries = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const [from, setFrom] = useState<From>("files");
  const [files, setFiles] = useState<readonly File[]>([]);
  const [folder, setFolder] = useState("");
  const [table, setTable] = useState("");
  // In a project without labels everything that a table names is new, and meant to be.
  const [makeLabels, setMakeLabels] = useState<boolean | null>(null);
  const mayMake = makeLabels ?? project.labels === 0;
  const [sent, setSent] = useState<number | null>(null);
  const abort = useRef(new AbortController());
  const ready = from === "files" ? files.length > 0 : folder.trim() !== "" || table.trim() !== "";
  const watched = Number(search.get("job")) || null;

  const start = useMutation({
    mutationFn: async ({ dryRun, makeLabels }: { dryRun: boolean; makeLabels: boolean }): Promise<Job> => {
      if (from === "files") {
        abort.current = new AbortController();
        return upload(project.id, files, { dryRun, makeLabels }, setSent, abort.current.signal);
      }
      return unwrap(
        api.POST("/api/projects/{project}/imports/", {
          params: { path: { project: project.id } },
          body: { folder, labels_csv: table, dry_run: dryRun, make_labels: makeLabels },
        }),
      );
    },
    onSuccess: (job) => {
      setSearch({ job: job.id.toString() }, { replace: true });
      void queries.invalidateQueries({ queryKey: keys.jobs(project.id) });
    },
    onSettled: () => setSent(null),
  });
  const stopped = start.error instanceof DOMException;

  return (
    <ProjectShell
      title="Import"
      lead="Pictures, a zip of them, and a table of labels. Importing the same twice changes nothing."
    >
      <div className="two">
        <section className="part" aria-label="What to import">
          <Segments<From>
            label="From where"
            value={from}
            options={[
              { value: "files", text: "From this computer" },
              { value: "folder", text: "A folder on the server" },
            ]}
            onChange={setFrom}
          />
          {from === "files" ? (
            <Files files={files} onChange={setFiles} />
          ) : (
            <div className="form">
              <Field
                label="Folder or zip on the server"
                value={folder}
                onChange={setFolder}
                placeholder="/data/photographs"
                help="Only below the folders the operator allows."
              />
              <Field
                label="Table of labels (optional)"
                value={table}
                onChange={setTable}
                placeholder="/data/labels.csv"
              />
            </div>
          )}
          <Switch
            isOn={mayMake}
            onChange={setMakeLabels}
            help="Off: a table that names a label this project lacks is refused, so that no misspelt name becomes a label."
          >
            Make new labels that the table names
          </Switch>
          {start.isError && !stopped && (
            <p className="field-error" role="alert">
              {sayError(start.error)}
            </p>
          )}
          {sent !== null && (
            <progress
              className="bar"
              max={1}
              value={sent}
              aria-label={`Sending: ${Math.round(sent * 100).toString()}%`}
            />
          )}
          <div className="form-end">
            {sent !== null && sent < 1 && (
              <Button kind="quiet" onPress={() => abort.current.abort()}>
                Stop sending
              </Button>
            )}
            <Button
              isDisabled={!ready || start.isPending}
              onPress={() => start.mutate({ dryRun: true, makeLabels: true })}
            >
              Look first
            </Button>
            <Button
              kind="main"
              isDisabled={!ready || start.isPending}
              onPress={() => start.mutate({ dryRun: false, makeLabels: mayMake })}
            >
              {sent === null ? "Import" : `Sending ${Math.round(sent * 100).toString()}%`}
            </Button>
          </div>
          <Formats />
        </section>
        <Imports
          project={project.id}
          watched={watched}
          look={start.variables?.dryRun ? (start.data?.id ?? null) : null}
          canRepeat={ready && !start.isPending}
          onReal={() => start.mutate({ dryRun: false, makeLabels: true })}
        />
      </div>
    </ProjectShell>
  );
}

function Files({ files, onChange }: { files: readonly File[]; onChange: (files: readonly File[]) => void }) {
  const add = (more: readonly File[]) => {
    const names = new Set(files.map((file) => `${file.name}:${file.size.toString()}`));
    onChange([...files, ...more.filter((file) => !names.has(`${file.name}:${file.size.toString()}`))]);
  };
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <>
      <DropZone
        className="drop"
        onDrop={(event) => {
          void Promise.all(event.items.filter(isFileDropItem).map((item) => item.getFile())).then(add);
        }}
      >
        <Icon name="picture" size={34} />
        <Text slot="label">Drop pictures, a zip or a CSV here</Text>
        <FileTrigger allowsMultiple acceptedFileTypes={ACCEPTED} onSelect={(list) => list && add([...list])}>
          <AriaButton className="button">Choose files</AriaButton>
        </FileTrigger>
      </DropZone>
      {files.length > 0 && (
        <div className="files">
          <p>
            <strong>{counted(files.length, "file")}</strong>, {size(bytes)}
          </p>
          <Button kind="quiet" onPress={() => onChange([])}>
            Clear
          </Button>
          <ul>
            {files.slice(0, 6).map((file) => (
              <li key={`${file.name}${file.size.toString()}`}>
                <span>{file.name}</span>
                <Button
                  kind="quiet"
                  icon="cross"
                  label={`Leave out ${file.name}`}
                  onPress={() => onChange(files.filter((other) => other !== file))}
                />
              </li>
            ))}
            {files.length > 6 && <li className="files-more">and {number(files.length - 6)} more</li>}
          </ul>
        </div>
      )}
    </>
  );
}

function Formats() {
  return (
    <details className="formats">
      <summary>What a table of labels looks like</summary>
      <p>Wide: one row a picture, one column a label; 1 present, -1 absent, 0 or blank unknown.</p>
      <pre>{"image,boat,sea\nharbour.jpg,1,1\nfield.jpg,-1,"}</pre>
      <p>Long: one row a decision.</p>
      <pre>{"image,label,value\nharbour.jpg,boat,1\nfield.jpg,boat,-1"}</pre>
      <p>
        An export of Tern (CSV, JSONL, NPZ) comes back as it was. Labels that are missing here are made only if you
        agree.
      </p>
    </details>
  );
}

interface ImportsProps {
  project: number;
  watched: number | null;
  /** The import that was started here as a look only. */
  look: number | null;
  canRepeat: boolean;
  onReal: () => void;
}

function Imports({ project, watched, look, canRepeat, onReal }: ImportsProps) {
  const jobs = useJobs(project);
  const imports = (jobs.data ?? []).filter((job) => job.kind === "import");
  return (
    <section className="imports" aria-label="Imports">
      {imports.length === 0 && (
        <p className="part-note">Imports appear here, with their progress. They go on when this page is left.</p>
      )}
      {imports.slice(0, 10).map((job) => (
        <ImportJob
          key={job.id}
          project={project}
          job={job}
          isOpen={job.id === watched || (watched === null && job === imports[0])}
          isLook={job.id === look}
          onReal={canRepeat && job.id === watched ? onReal : null}
        />
      ))}
    </section>
  );
}
