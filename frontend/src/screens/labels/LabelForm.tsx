/** One label: name, synonyms, rule, group, key and colour; beside them what Tern makes of the name. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ClipboardEvent } from "react";
import { Link } from "react-router";

import { labelsSaved } from "../../api/cache";
import { LIMITS } from "../../api/limits";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import type { Label, Project } from "../../api/types";
import { pinClash } from "../../keys/bindings";
import { useKeyPreferences } from "../../keys/useKeys";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Form, FormError, Submit } from "../../ui/Form";
import { counted, noun, number } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";
import { NamePreview } from "./NamePreview";
import { namesIn } from "./names";
import { Synonyms } from "./Synonyms";

interface Props {
  project: Project;
  /** Null for a new one. */
  label: Label | null;
  labels: readonly Label[];
  /** The folder that a new one starts in: that of the label added before it. */
  group?: string;
  onDone: (label: Label | null) => void;
  /** A list was pasted where one name is asked for. */
  onList: (text: string) => void;
}

const NONE: readonly string[] = [];
const { colours, daysToTakeBack } = LIMITS;

interface Draft {
  name: string;
  synonyms: readonly string[];
  rule: string;
  group: string;
  key: string;
  colour: string;
}

function draftOf(label: Label | null, group: string, count: number): Draft {
  const { name = "", synonyms = NONE, rule = "", key = "" } = label ?? {};
  const colour = label?.colour ?? colours[count % colours.length] ?? colours[0];
  return { name, synonyms, rule, group: label?.group ?? group, key, colour };
}

/** Saves a label, or makes a new one. */
function useSave(project: number, label: Label | null, onSaved: (saved: Label) => void) {
  return useMutation({
    mutationFn: (draft: Draft) => {
      const body = { ...draft, synonyms: [...draft.synonyms] };
      const path = { project };
      return unwrap(
        label
          ? api.PATCH("/api/projects/{project}/labels/{label}/", {
              params: { path: { ...path, label: label.id } },
              body,
            })
          : api.POST("/api/projects/{project}/labels/", { params: { path }, body }),
      );
    },
    onSuccess: onSaved,
  });
}

export function LabelForm({ project, label, labels, group = "", onDone, onList }: Props) {
  const queries = useQueryClient();
  const [preferences] = useKeyPreferences();
  const [draft, setDraft] = useState(() => draftOf(label, group, labels.length));
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const { name, synonyms, key } = draft;
  const readOnly = project.role !== "lead";
  const finish = (saved: Label | null) => {
    labelsSaved(queries, project.id);
    onDone(saved);
  };
  const save = useSave(project.id, label, finish);
  const clash = key ? pinClash(key.toLowerCase(), label?.id ?? 0, labels, {}, preferences) : null;
  const fields = { label, draft, set, readOnly };
  return (
    <section className="label-edit" aria-label={label ? `Label ${label.name}` : "New label"}>
      <Form
        className="part form"
        error={save.error}
        isPending={save.isPending}
        onSubmit={() => !clash && save.mutate(draft)}
      >
        <div className="part-head">
          <h2>{label ? label.name : "New label"}</h2>
          {label && <Link to={`/projects/${project.id.toString()}/by-label/${label.id.toString()}`}>Its pictures</Link>}
          <Button kind="quiet" icon="cross" label="Close" onPress={() => onDone(null)} />
        </div>
        <Name {...fields} onList={onList} />
        <Synonyms values={synonyms} onChange={(values) => set({ synonyms: values })} isReadOnly={readOnly} />
        <Rule {...fields} />
        <GroupAndKey {...fields} labels={labels} clash={clash} />
        <Colours {...fields} />
        <FormError />
        {!readOnly && (
          <div className="form-end">
            {label && <DeleteLabel project={project.id} label={label} onDone={() => finish(null)} />}
            <Submit isDisabled={name.trim() === "" || clash !== null}>{label ? "Save" : "Add label"}</Submit>
          </div>
        )}
      </Form>
      {!readOnly && <NamePreview project={project.id} name={name} synonyms={synonyms} hasImages={project.images > 0} />}
    </section>
  );
}

interface FieldsProps {
  label: Label | null;
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  readOnly: boolean;
}

function Name({ label, draft, set, readOnly, onList }: FieldsProps & Pick<Props, "onList">) {
  const paste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData("text");
    if (label !== null || namesIn(text).length < 2) return;
    event.preventDefault();
    onList(text);
  };
  return (
    <Field
      name="name"
      label="Name"
      value={draft.name}
      onChange={(name) => set({ name })}
      isRequired
      onPaste={paste}
      autoFocus={label === null}
      isReadOnly={readOnly}
      help={
        label && draft.name !== label.name
          ? "Renaming is free: all marks stay."
          : "The name is read: say what is to be seen. Enter adds it; a list can be pasted here."
      }
    />
  );
}

function Rule({ label, draft, set, readOnly }: FieldsProps) {
  return (
    <Field
      name="rule"
      label="Rule"
      value={draft.rule}
      onChange={(rule) => set({ rule })}
      lines={3}
      isReadOnly={readOnly}
      help={
        label && draft.rule !== label.rule
          ? "Marks remember that they were made under the old rule."
          : "Two lines: when is it present, and when not?"
      }
    />
  );
}

interface GroupProps extends FieldsProps {
  labels: readonly Label[];
  /** Why the key cannot be had. */
  clash: string | null;
}

function GroupAndKey({ draft, set, readOnly, labels, clash }: GroupProps) {
  const groups = [...new Set(labels.map((other) => other.group).filter(Boolean))];
  return (
    <div className="label-edit-row">
      <Field
        name="group"
        label="Group"
        value={draft.group}
        onChange={(group) => set({ group })}
        isReadOnly={readOnly}
        help={groups.length ? `So far: ${groups.join(", ")}` : "A folder in the list"}
      />
      <Field
        name="key"
        label="Pinned key"
        value={draft.key}
        onChange={(text) => set({ key: text.slice(-1) })}
        isReadOnly={readOnly}
        maxLength={2}
        error={clash ?? undefined}
      />
    </div>
  );
}

function Colours({ draft, set, readOnly }: FieldsProps) {
  return (
    <fieldset className="colours">
      <legend>Colour</legend>
      {colours.map((one) => (
        <label key={one} className="colour" style={{ background: one }}>
          <input
            type="radio"
            name="colour"
            value={one}
            checked={one === draft.colour}
            disabled={readOnly}
            onChange={() => set({ colour: one })}
            aria-label={`Colour ${one}`}
          />
        </label>
      ))}
      <label className="colour colour-own">
        <span className="hidden-text">Another colour</span>
        <input
          type="color"
          value={draft.colour}
          disabled={readOnly}
          onChange={(event) => set({ colour: event.target.value })}
        />
      </label>
    </fieldset>
  );
}

function DeleteLabel({ project, label, onDone }: { project: number; label: Label; onDone: () => void }) {
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () =>
      unwrap(api.DELETE("/api/projects/{project}/labels/{label}/", { params: { path: { project, label: label.id } } })),
    onSuccess: onDone,
  });
  return (
    <>
      <Button kind="danger" icon="bin" onPress={() => setAsking(true)}>
        Delete
      </Button>
      <Sheet title={`Delete “${label.name}”?`} isOpen={asking} onClose={() => setAsking(false)}>
        <div className="form">
          <p>
            Its {counted(label.known, "mark")}, {number(label.positives)} of them present,{" "}
            {noun(label.known, "leaves", "leave")} training and export. For {counted(daysToTakeBack, "day")} it can be
            brought back with all of them.
          </p>
          {remove.isError && <p className="field-error">{sayError(remove.error)}</p>}
          <div className="form-end">
            <Button onPress={() => setAsking(false)}>Keep it</Button>
            <Button kind="danger" isDisabled={remove.isPending} onPress={() => remove.mutate()}>
              Delete label
            </Button>
          </div>
        </div>
      </Sheet>
    </>
  );
}
