/** One import: its progress while it runs, its counts and its refused rows when it has ended. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";

import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Job } from "../../api/types";
import { isActive, timeLeft } from "../../parts/jobs/Jobs";
import { useJobNews } from "../../parts/jobs/useJobNews";
import { Button } from "../../ui/Button";
import { counted, noun, number } from "../../ui/numbers";
import { countedAs, resultOf } from "./result";
import type { ImportResult, RowError } from "./result";

interface Props {
  project: number;
  job: Job;
  isOpen: boolean;
  /** Known to be only a look; a job says so itself when it has ended. */
  isLook: boolean;
  /** Do for real what this dry run looked at; null when the files are not at hand any more. */
  onReal: (() => void) | null;
}

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const ERRORS_SHOWN = 100;

export function ImportJob({ project, job, isOpen, isLook, onReal }: Props) {
  const queries = useQueryClient();
  const news = useJobNews(job);
  const active = isActive(news);
  const result = resultOf(job);
  const cancel = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/projects/{project}/jobs/{job}/cancel/", { params: { path: { project, job: job.id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.jobs(project) }),
  });
  return (
    <details
      className="part import"
      open={isOpen || active}
      data-testid={`import-${job.id.toString()}`}
      data-state={news.state}
    >
      <summary>
        <h2>{titleOf(job, active, isLook)}</h2>
        {!active && <span className="import-short">{shortly(result)}</span>}
        <span className="part-note">{WHEN.format(new Date(job.created_at))}</span>
      </summary>
      {active && (
        <>
          <progress className="bar" max={100} value={news.progress.percent ?? 0} aria-label="Progress of the import" />
          <p className="import-now">
            <span>
              {[news.progress.message || "Waiting for the worker", timeLeft(news.progress.seconds_left)]
                .filter(Boolean)
                .join(", ")}
            </span>
            <Button kind="quiet" onPress={() => cancel.mutate()}>
              Cancel
            </Button>
          </p>
        </>
      )}
      {job.error && (
        <p className="field-error" role="alert">
          {job.error}
        </p>
      )}
      {job.state === "done" && (
        <>
          <dl className="import-counts">
            {result.counts
              .filter(([, count]) => count > 0)
              .map(([key, count]) => (
                <div key={key}>
                  <dd>{number(count)}</dd>
                  <dt>{countedAs(key, count)}</dt>
                </div>
              ))}
          </dl>
          {result.counts.every(([, count]) => count === 0) && <p className="part-note">Nothing to import was found.</p>}
          <NewLabels labels={result.labels} isDry={result.dryRun} />
          <Refusals errors={result.errors} total={result.errorsTotal} />
          {!result.dryRun && (
            <div className="form-end">
              <Link className="button" to={`/projects/${project.toString()}/labels`}>
                Look at the labels
              </Link>
              <Link className="button button-main" to={`/projects/${project.toString()}/by-label`}>
                Label by label
              </Link>
            </div>
          )}
          {result.dryRun && (
            <div className="form-end">
              <p className="part-note">Nothing was changed yet.</p>
              {onReal && (
                <Button kind="main" onPress={onReal}>
                  {result.labels.length > 0
                    ? `Import, making ${counted(result.labels.length, "label")}`
                    : "Import this"}
                </Button>
              )}
            </div>
          )}
        </>
      )}
    </details>
  );
}

/** The counts in a line, for an import that is folded. */
function shortly({ counts }: ImportResult): string {
  return counts
    .filter(([, count]) => count > 0)
    .slice(0, 3)
    .map(([key, count]) => `${number(count)} ${countedAs(key, count)}`)
    .join(", ");
}

function titleOf(job: Job, active: boolean, isLook: boolean): string {
  if (active) return isLook ? "Looking" : "Importing";
  if (job.state === "failed") return "Import failed";
  if (job.state === "cancelled") return "Import cancelled";
  return resultOf(job).dryRun ? "What would happen" : "Imported";
}

function NewLabels({ labels, isDry }: { labels: ImportResult["labels"]; isDry: boolean }) {
  if (labels.length === 0) return null;
  return (
    <div className="new-labels" data-testid="new-labels">
      <h3>
        {counted(labels.length, "new label")} {isDry ? "would be made" : noun(labels.length, "was made", "were made")}
      </h3>
      <ul>
        {labels.slice(0, ERRORS_SHOWN).map((label) => (
          <li key={label.name} data-like={label.like.length > 0 || undefined}>
            <strong>{label.name}</strong>
            {label.like.length > 0 && <span> Did you mean {label.like.map((name) => `“${name}”`).join(" or ")}?</span>}
          </li>
        ))}
      </ul>
      {isDry && labels.some((label) => label.like.length > 0) && (
        <p className="part-note">
          If a name is only misspelt, correct it in the table and look again: a label that is made stays until it is
          deleted.
        </p>
      )}
    </div>
  );
}

function Refusals({ errors, total }: { errors: readonly RowError[]; total: number }) {
  if (errors.length === 0) return null;
  return (
    <div className="refusals">
      <h3>{counted(total, "row or file was", "rows or files were")} left out</h3>
      <ul>
        {errors.slice(0, ERRORS_SHOWN).map((error) => (
          <li key={`${error.file}:${(error.line ?? 0).toString()}:${error.message}`}>
            <span className="mono">
              {error.file}
              {error.line === null ? "" : `:${error.line.toString()}`}
            </span>{" "}
            {error.message}
          </li>
        ))}
      </ul>
      {total > ERRORS_SHOWN && <p className="part-note">The first {ERRORS_SHOWN} are listed.</p>}
    </div>
  );
}
