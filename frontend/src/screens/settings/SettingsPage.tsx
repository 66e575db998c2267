/** Settings of the project; every one says what it changes. Saved together, checked by the server. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { FormEvent, ReactNode } from "react";
import { Link, useNavigate } from "react-router";

import { api } from "../../api/client";
import { Refused, sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Project, Schemas } from "../../api/types";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { Select, Switch } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { Sheet } from "../../ui/Sheet";
import { useThisProject } from "../ProjectFrame";
import { ProjectShell } from "../ProjectShell";
import { counted, noun } from "../../ui/numbers";
import "./settings.css";

type Settings = Schemas["PatchedProjectRequest"];
type QueueMode = Schemas["QueueMode"];

const MODES: readonly { value: QueueMode; text: string }[] = [
  { value: "informative", text: "Most informative first" },
  { value: "likely_positives", text: "Likely positives first" },
  { value: "random", text: "Random" },
  { value: "in_order", text: "In order" },
];

function settingsOf(project: Project): Required<Settings> {
  const { name, description, allow_closing, queue_mode, lease_seconds, wanted_precision, audit_share, auto_retrain, retrain_after_marks, retrain_after_minutes, backbone, image_size } = project;
  return { name, description, allow_closing, queue_mode, lease_seconds, wanted_precision, audit_share, auto_retrain, retrain_after_marks, retrain_after_minutes, backbone, image_size };
}

export default function SettingsPage() {
  const project = useThisProject();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [wanted, setWanted] = useState(() => settingsOf(project));
  const set = <Key extends keyof Settings>(key: Key, value: Required<Settings>[Key]) => setWanted((before) => ({ ...before, [key]: value }));
  const save = useMutation({
    mutationFn: () => unwrap(api.PATCH("/api/projects/{project}/", { params: { path: { project: project.id } }, body: wanted })),
    onSuccess: (saved) => {
      queries.setQueryData(keys.project(project.id), saved);
      void queries.invalidateQueries({ queryKey: keys.projects });
      announce("Settings saved", { show: true });
    },
  });
  const fields = save.error instanceof Refused ? save.error.fields : {};
  const errorOf = (key: keyof Settings) => fields[key]?.join(" ");
  const dirty = JSON.stringify(wanted) !== JSON.stringify(settingsOf(project));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const number = (key: "lease_seconds" | "retrain_after_marks" | "retrain_after_minutes" | "image_size", label: string, help: string) => (
    <Field label={label} help={help} type="number" inputMode="numeric" value={wanted[key].toString()} onChange={(text) => set(key, Math.round(Number(text)))} error={errorOf(key)} />
  );
  const percent = (key: "wanted_precision" | "audit_share", label: string, help: string) => (
    <Field label={label} help={help} type="number" inputMode="decimal" value={(Math.round(wanted[key] * 1000) / 10).toString()} onChange={(text) => set(key, Number(text) / 100)} error={errorOf(key)} />
  );
  return (
    <ProjectShell title="Settings">
      <form className="settings" onSubmit={submit}>
        <Part title="Project">
          <Field label="Name" value={wanted.name} onChange={(text) => set("name", text)} isRequired error={errorOf("name")} />
          <Field label="What is it about?" value={wanted.description} onChange={(text) => set("description", text)} lines={3} error={errorOf("description")} />
        </Part>
        <Part title="Labelling">
          <div className="field">
            <Select<QueueMode> label="Which picture comes next" value={wanted.queue_mode} options={MODES} onChange={(mode) => set("queue_mode", mode)} />
          </div>
          <Switch isOn={wanted.allow_closing} onChange={(on) => set("allow_closing", on)} help="“The other 37 are absent”, as one act. Without it a picture can only be called checked.">
            Closing a picture
          </Switch>
          {percent("wanted_precision", "Accept suggestions that are right at least, %", "Enter accepts only suggestions above the score that keeps this share right.")}
          {percent("audit_share", "Blind questions, % of all questions", "Drawn at random; the only fair measure of quality.")}
          {number("lease_seconds", "A picture stays with one person for, seconds", "Nobody else is given it meanwhile.")}
        </Part>
        <Part title="Training">
          <Switch isOn={wanted.auto_retrain} onChange={(on) => set("auto_retrain", on)} help="A quick refit takes seconds and goes live unless it is judged worse.">
            Train by itself
          </Switch>
          {number("retrain_after_marks", "After so many new marks", "Or when the time below is over and there are any.")}
          {number("retrain_after_minutes", "After so many minutes", "Counted from the last training.")}
          <Field label="Backbone" value={wanted.backbone} onChange={(text) => set("backbone", text)} error={errorOf("backbone")} help="A change reads all pictures again." />
          {number("image_size", "Size of pictures for the model, pixels", "A change reads all pictures again.")}
        </Part>
        {save.isError && Object.keys(fields).length === 0 && (
          <p className="field-error" role="alert">
            {sayError(save.error)}
          </p>
        )}
        <div className="settings-end">
          <Button isDisabled={!dirty} onPress={() => setWanted(settingsOf(project))}>
            Put back
          </Button>
          <Button kind="main" type="submit" isDisabled={!dirty || save.isPending}>
            Save settings
          </Button>
        </div>
      </form>
      <Part title="Scripts">
        <p className="part-note">
          Everything here can be done by scripts: see the <a href="/api/docs/">API pages</a> and make a <Link to="/tokens">token</Link>.
        </p>
      </Part>
      <DeleteProject project={project} />
    </ProjectShell>
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

function DeleteProject({ project }: { project: Project }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/projects/{project}/", { params: { path: { project: project.id } } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.projects });
      void navigate("/");
    },
  });
  return (
    <section className="part settings-part" aria-label="Delete the project">
      <h2>Delete</h2>
      <div className="form">
        <p className="part-note">
          {counted(project.images, "picture")} and {counted(project.known, "decision")} of all its members. It can be brought back for 30 days.
        </p>
        <div>
          <Button kind="danger" onPress={() => setAsking(true)}>
            Delete this project
          </Button>
        </div>
      </div>
      <Sheet title={`Delete “${project.name}”?`} isOpen={asking} onClose={() => setAsking(false)}>
        <div className="form">
          <p>
            {counted(project.known, "decision")} on {counted(project.images, "picture")} {noun(project.known, "goes", "go")} out of sight for everybody.
          </p>
          <Field label={`Type “${project.name}” to go on`} value={typed} onChange={setTyped} autoFocus />
          {remove.isError && <p className="field-error">{sayError(remove.error)}</p>}
          <div className="form-end">
            <Button onPress={() => setAsking(false)}>Keep it</Button>
            <Button kind="danger" isDisabled={typed !== project.name || remove.isPending} onPress={() => remove.mutate()}>
              Delete project
            </Button>
          </div>
        </div>
      </Sheet>
    </section>
  );
}
