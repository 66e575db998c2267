/** Background work with its progress as it happens; it can be cancelled, and its log read. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { jobsChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Job, Project } from "../../api/types";
import { Button } from "../../ui/Button";
import { counted } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";
import { useJobNews } from "./useJobNews";
import "./jobs.css";

const KINDS: Readonly<Record<string, string>> = {
  train: "Training",
  score: "Suggestions",
  preview: "Trying a name",
  import: "Import",
  export: "Export",
  close: "Closing all labels",
};
const STATES: Readonly<Record<string, string>> = {
  queued: "waiting",
  running: "running",
  done: "done",
  failed: "failed",
  cancelled: "cancelled",
};
const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** "about 40 s left"; nothing when nobody knows. */
export function timeLeft(seconds: number | null | undefined): string {
  if (seconds == null) return "";
  return seconds < 90
    ? `about ${Math.max(1, Math.round(seconds)).toString()} s left`
    : `about ${Math.round(seconds / 60).toString()} min left`;
}

export function isActive(job: Pick<Job, "state">): boolean {
  return job.state === "queued" || job.state === "running";
}

export function Jobs({
  project,
  jobs,
  title = "Background work",
}: {
  project: Project;
  jobs: readonly Job[];
  title?: string;
}) {
  const shown = jobs.filter((job) => job.kind !== "preview");
  const [log, setLog] = useState<Job | null>(null);
  if (shown.length === 0) return null;
  return (
    <section className="part" aria-labelledby="jobs">
      <header className="part-head">
        <h2 id="jobs">{title}</h2>
      </header>
      <ul className="jobs">
        {shown.map((job) => (
          <JobRow key={job.id} project={project} job={job} onLog={() => setLog(job)} />
        ))}
      </ul>
      <Log project={project.id} job={log} onClose={() => setLog(null)} />
    </section>
  );
}

function JobRow({ project, job, onLog }: { project: Project; job: Job; onLog: () => void }) {
  const queries = useQueryClient();
  const news = useJobNews(job);
  const cancel = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/projects/{project}/jobs/{job}/cancel/", {
          params: { path: { project: project.id, job: job.id } },
        }),
      ),
    onSettled: () => jobsChanged(queries, project.id),
  });
  const active = isActive(news);
  const { progress } = news;
  return (
    <li className="job" data-testid={`job-${job.id.toString()}`}>
      <span className="job-kind">
        {KINDS[job.kind] ?? job.kind}
        {job.training && <span className="faint"> {job.training.level}</span>}
      </span>
      <span className={`tag ${news.state === "failed" ? "tag-bad" : ""}`}>{STATES[news.state] ?? news.state}</span>
      <span className="job-text">
        {active
          ? [progress.message, timeLeft(progress.seconds_left)].filter(Boolean).join(", ")
          : job.error || [whenOf(job), askedOf(job)].filter(Boolean).join("; ")}
      </span>
      <span className="job-acts">
        {project.role === "lead" && job.started_at !== null && (
          <Button kind="quiet" onPress={onLog}>
            Log
          </Button>
        )}
        {project.role === "lead" && active && job.kind !== "close" && (
          <Button kind="quiet" isPending={cancel.isPending} onPress={() => cancel.mutate()}>
            Cancel
          </Button>
        )}
      </span>
      {active && (
        <progress
          className="bar"
          max={100}
          value={progress.percent ?? 0}
          aria-label={`${KINDS[job.kind] ?? job.kind}: ${Math.round(progress.percent ?? 0).toString()}%`}
        />
      )}
      {cancel.isError && <p className="field-error">{sayError(cancel.error)}</p>}
    </li>
  );
}

/** What a training started from, and why: "35 marks, after new marks". */
function askedOf({ training }: Job): string {
  return training ? `${counted(training.known, "mark")}, ${training.why}` : "";
}

function whenOf(job: Job): string {
  const end = job.finished_at;
  if (end === null) return "";
  const seconds = job.started_at === null ? null : (Date.parse(end) - Date.parse(job.started_at)) / 1000;
  const took =
    seconds === null
      ? ""
      : `, took ${seconds < 90 ? `${seconds.toFixed(seconds < 10 ? 1 : 0)} s` : `${Math.round(seconds / 60).toString()} min`}`;
  return `${WHEN.format(new Date(end))}${took}`;
}

function Log({ project, job, onClose }: { project: number; job: Job | null; onClose: () => void }) {
  const id = job?.id ?? 0;
  const log = useQuery({
    queryKey: [...keys.jobs(project), id, "log"],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/jobs/{job}/log/", { params: { path: { project, job: id } }, parseAs: "text" }),
      ),
    enabled: job !== null,
    refetchInterval: job && isActive(job) ? 2_000 : false,
    staleTime: 0,
  });
  return (
    <Sheet
      title={job ? `Log of ${(KINDS[job.kind] ?? job.kind).toLowerCase()} ${job.id.toString()}` : "Log"}
      isOpen={job !== null}
      onClose={onClose}
      wide
    >
      {log.isError && <p className="field-error">{sayError(log.error)}</p>}
      <pre className="job-log" tabIndex={0}>
        {log.data === "" ? "Nothing was written yet." : log.data}
      </pre>
    </Sheet>
  );
}
