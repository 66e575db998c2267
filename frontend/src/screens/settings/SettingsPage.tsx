/** Settings of the project; every one says what it changes. What was changed is saved together, checked by the server. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { settingsSaved } from "../../api/cache";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import type { Project, Schemas } from "../../api/types";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { Select, Switch } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { Form, FormError, Submit } from "../../ui/Form";
import { BackboneFields } from "./BackboneFields";
import { DeleteProject } from "./DeleteProject";
import { changesOf, shownOf, without } from "./draft";
import type { Draft, NumberKey, ShareKey, Shown, TextKey } from "./draft";
import "./settings.css";

type QueueMode = Schemas["QueueMode"];

const MODES: readonly { value: QueueMode; text: string }[] = [
  { value: "informative", text: "Most informative first" },
  { value: "likely_positives", text: "Likely positives first" },
  { value: "random", text: "Random" },
  { value: "in_order", text: "In order" },
];

/** What was typed and is not saved, and the saving of it. */
function useDraft(project: Project) {
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [draft, setDraft] = useState<Draft>({});
  const save = useMutation({
    mutationFn: (typed: Draft) =>
      unwrap(
        api.PATCH("/api/projects/{project}/", {
          params: { path: { project: project.id } },
          body: changesOf(project, typed),
        }),
      ),
    onSuccess: (saved, typed) => {
      settingsSaved(queries, saved);
      setDraft((now) => without(now, typed));
      announce("Settings saved", { show: true });
    },
  });
  const set = (change: Draft) => setDraft((before) => ({ ...before, ...change }));
  const dirty = Object.keys(changesOf(project, draft)).length > 0;
  return { draft, shown: { ...shownOf(project), ...draft }, set, putBack: () => setDraft({}), dirty, save };
}

export default function SettingsPage() {
  const project = useThisProject();
  const { draft, shown, set, putBack, dirty, save } = useDraft(project);
  return (
    <ProjectShell title="Settings">
      <Form
        className="settings"
        label="Settings"
        error={save.error}
        isPending={save.isPending}
        onSubmit={() => dirty && save.mutate(draft)}
      >
        <Part title="Project">
          <TextField name="name" label="Name" shown={shown} set={set} />
          <TextField name="description" label="What is it about?" lines={3} shown={shown} set={set} />
        </Part>
        <Labelling shown={shown} set={set} />
        <Training project={project} shown={shown} set={set} />
        <FormError />
        <div className="settings-end">
          <Button isDisabled={!dirty} onPress={putBack}>
            Put back
          </Button>
          <Submit isDisabled={!dirty}>Save settings</Submit>
        </div>
      </Form>
      <Part title="Scripts">
        <p className="part-note">
          Everything here can be done by scripts: see the <a href="/api/docs/">API pages</a> and make a{" "}
          <Link to="/tokens">token</Link>.
        </p>
      </Part>
      <DeleteProject project={project} />
    </ProjectShell>
  );
}

interface PartProps {
  shown: Shown;
  set: (change: Draft) => void;
}

function Labelling({ shown, set }: PartProps) {
  return (
    <Part title="Labelling">
      <div className="field">
        <Select<QueueMode>
          kind="stacked"
          label="Which picture comes next"
          value={shown.queue_mode}
          options={MODES}
          onChange={(mode) => set({ queue_mode: mode })}
        />
      </div>
      <Switch
        isOn={shown.allow_closing}
        onChange={(on) => set({ allow_closing: on })}
        help="“The other 37 are absent”, as one act. Without it a picture can only be called checked."
      >
        Closing a picture
      </Switch>
      <NumberField
        name="wanted_precision"
        label="Accept suggestions that are right at least, %"
        help="Enter accepts only suggestions above the score that keeps this share right."
        shown={shown}
        set={set}
      />
      <NumberField
        name="audit_share"
        label="Blind questions, % of all questions"
        help="Drawn at random; the only fair measure of quality."
        shown={shown}
        set={set}
      />
      <NumberField
        name="lease_seconds"
        label="A picture stays with one person for, seconds"
        help="Nobody else is given it meanwhile."
        shown={shown}
        set={set}
      />
    </Part>
  );
}

function Training({ project, shown, set }: PartProps & { project: Project }) {
  return (
    <Part title="Training">
      <Switch
        isOn={shown.auto_retrain}
        onChange={(on) => set({ auto_retrain: on })}
        help="A quick refit takes seconds and goes live unless it is judged worse."
      >
        Train by itself
      </Switch>
      <NumberField
        name="retrain_after_marks"
        label="After so many new marks"
        help="Or when the time below is over and there are any."
        shown={shown}
        set={set}
      />
      <NumberField
        name="retrain_after_minutes"
        label="After so many minutes"
        help="Counted from the last training."
        shown={shown}
        set={set}
      />
      <BackboneFields project={project} shown={shown} set={set} />
    </Part>
  );
}

function TextField({ name, label, lines, shown, set }: PartProps & { name: TextKey; label: string; lines?: number }) {
  return (
    <Field
      name={name}
      label={label}
      value={shown[name]}
      onChange={(value) => set({ [name]: value })}
      {...(lines ? { lines } : { isRequired: true })}
    />
  );
}

interface NumberProps extends PartProps {
  name: NumberKey | ShareKey;
  label: string;
  help: string;
}

function NumberField({ name, label, help, shown, set }: NumberProps) {
  return (
    <Field
      name={name}
      label={label}
      help={help}
      inputMode="decimal"
      value={shown[name]}
      onChange={(value) => set({ [name]: value })}
    />
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="part settings-part" aria-label={title}>
      <h2>{title}</h2>
      <div className="form">{children}</div>
    </section>
  );
}
