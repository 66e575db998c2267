/** What to import: files and folders of this computer, or what lies on the server. Nothing is written before the plan is agreed to. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Button as AriaButton, DropZone, FileTrigger, Text } from "react-aria-components";

import { importPlanned } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { Button } from "../../ui/Button";
import { Segments } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { counted, number, size } from "../../ui/numbers";
import { chosen, dropped } from "./folders";
import { upload } from "./upload";
import type { Chosen } from "./upload";
import type { Import } from "./useImport";

type From = "files" | "folder";

const FILES_SHOWN = 6;

interface Named {
  folder: string;
  table: string;
}

const NOTHING: Named = { folder: "", table: "" };

/** Has the plan made; `sent` is how much of the files has gone, null while none are on their way. */
function useStart(project: number, onPlanned: (id: number) => void) {
  const queries = useQueryClient();
  const [sent, setSent] = useState<number | null>(null);
  const abort = useRef(new AbortController());
  const start = useMutation({
    mutationFn: (what: readonly Chosen[] | Named): Promise<Import> => {
      if ("folder" in what)
        return unwrap(
          api.POST("/api/projects/{project}/imports/", {
            params: { path: { project } },
            body: { ...what, at_once: false },
          }),
        );
      abort.current = new AbortController();
      return upload(project, what, setSent, abort.current.signal);
    },
    onSuccess: (planned) => {
      importPlanned(queries, project, planned);
      onPlanned(planned.id);
    },
    onSettled: () => setSent(null),
  });
  return { start, sent, stop: () => abort.current.abort() };
}

export function ChooseFiles({ project, onPlanned }: { project: number; onPlanned: (id: number) => void }) {
  const [from, setFrom] = useState<From>("files");
  const [files, setFiles] = useState<readonly Chosen[]>([]);
  const [named, setNamed] = useState(NOTHING);
  const { start, sent, stop } = useStart(project, onPlanned);
  const ready = from === "files" ? files.length > 0 : named.folder.trim() !== "" || named.table.trim() !== "";
  const stopped = start.error instanceof DOMException;

  return (
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
        <OnServer named={named} onChange={(change) => setNamed((before) => ({ ...before, ...change }))} />
      )}
      {start.isError && !stopped && (
        <p className="field-error" role="alert">
          {sayError(start.error)}
        </p>
      )}
      {sent !== null && (
        <progress className="bar" max={1} value={sent} aria-label={`Sending: ${Math.round(sent * 100).toString()}%`} />
      )}
      <div className="form-end">
        <p className="part-note">You see what was understood before anything is written.</p>
        {sent !== null && sent < 1 && (
          <Button kind="quiet" onPress={stop}>
            Stop sending
          </Button>
        )}
        <Button
          kind="main"
          isDisabled={!ready || start.isPending}
          onPress={() => start.mutate(from === "files" ? files : named)}
        >
          {sent === null ? "Look at it" : `Sending ${Math.round(sent * 100).toString()}%`}
        </Button>
      </div>
      <Formats />
    </section>
  );
}

function OnServer({ named, onChange }: { named: Named; onChange: (change: Partial<Named>) => void }) {
  return (
    <div className="form">
      <Field
        label="Folder or zip on the server"
        value={named.folder}
        onChange={(folder) => onChange({ folder })}
        placeholder="/data/photographs"
        help="Only below the folders the operator allows."
      />
      <Field
        label="Table of labels (optional)"
        value={named.table}
        onChange={(table) => onChange({ table })}
        placeholder="/data/labels.csv"
      />
    </div>
  );
}

function Files({ files, onChange }: { files: readonly Chosen[]; onChange: (files: readonly Chosen[]) => void }) {
  const add = (more: readonly Chosen[]) => {
    const known = new Set(files.map(nameOf));
    onChange([...files, ...more.filter((one) => !known.has(nameOf(one)))]);
  };
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  return (
    <>
      <DropZone className="drop" onDrop={(event) => void dropped(event.items).then(add)}>
        <Icon name="picture" size={34} />
        <Text slot="label">Drop pictures, folders, a zip or a table of labels here</Text>
        <span className="drop-ways">
          <FileTrigger allowsMultiple onSelect={(list) => list && add(chosen(list))}>
            <AriaButton className="button">Choose files</AriaButton>
          </FileTrigger>
          <FileTrigger acceptDirectory onSelect={(list) => list && add(chosen(list))}>
            <AriaButton className="button">Choose a folder</AriaButton>
          </FileTrigger>
        </span>
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
            {files.slice(0, FILES_SHOWN).map((one) => (
              <li key={nameOf(one)}>
                <span>{one.path}</span>
                <Button
                  kind="quiet"
                  icon="cross"
                  label={`Leave out ${one.path}`}
                  onPress={() => onChange(files.filter((other) => other !== one))}
                />
              </li>
            ))}
            {files.length > FILES_SHOWN && (
              <li className="files-more">and {number(files.length - FILES_SHOWN)} more</li>
            )}
          </ul>
        </div>
      )}
    </>
  );
}

const nameOf = ({ file, path }: Chosen) => `${path}:${file.size.toString()}`;

function Formats() {
  return (
    <details className="formats">
      <summary>What a table of labels looks like</summary>
      <p>A row a picture and a column a label, a row a decision, or a column that lists a picture’s labels:</p>
      <pre>{"image,boat,sea\nharbour.jpg,1,1\nfield.jpg,-1,"}</pre>
      <pre>{"image,label,value\nharbour.jpg,boat,1\nfield.jpg,boat,-1"}</pre>
      <pre>{"image,labels\nharbour.jpg,boat;sea\nfield.jpg,grass"}</pre>
      <p>
        CSV, Excel, Parquet, NPZ, JSON, JSON Lines or XML; files of COCO, VOC, CheXpert, Open Images, Label Studio and
        others are known. What is ambiguous is asked: nothing turns unknown into absent by itself.
      </p>
    </details>
  );
}
