/** One import from its plan to its taking back: one screen, whose main button does what comes next. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { importActed, importListChanged, importsChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { timeLeft } from "../../parts/jobs/Jobs";
import { useJobNews } from "../../parts/jobs/useJobNews";
import type { Job } from "../../api/types";
import { Button } from "../../ui/Button";
import { Empty, Waiting } from "../../ui/Empty";
import { Consequences } from "./Consequences";
import { Outcome } from "./Outcome";
import { PlanQuestions } from "./PlanQuestions";
import { PlanTable } from "./PlanTable";
import { Refusals } from "./Refusals";
import { isBusy, useImport } from "./useImport";
import type { Import } from "./useImport";

export function ImportView({ project, id, onClose }: { project: number; id: number; onClose: () => void }) {
  const found = useImport(project, id);
  if (found.isPending) return <Waiting what="Reading the import" />;
  if (!found.data)
    return (
      <Empty title="This import cannot be read" tone="bad" action={<Button onPress={onClose}>Other imports</Button>}>
        {sayError(found.error)}
      </Empty>
    );
  return <View key={id} project={project} found={found.data} onClose={onClose} />;
}

/** What can be done with an import: answer its questions, run it, take it back, or forget it. */
function useImportActs(project: number, found: Import, onClose: () => void) {
  const queries = useQueryClient();
  const path = { project, number: found.id };
  const keep = (now: Import) => importActed(queries, project, now);
  const answer = useMutation({
    scope: { id: `answers of import ${found.id.toString()}` },
    mutationFn: (answers: Record<string, string>) =>
      unwrap(api.POST("/api/projects/{project}/imports/{number}/answers/", { params: { path }, body: { answers } })),
    onSuccess: keep,
  });
  const run = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/projects/{project}/imports/{number}/run/", {
          params: { path },
          body: { hash: found.plan_hash },
        }),
      ),
    onSuccess: keep,
    onError: () => importsChanged(queries, project),
  });
  const undo = useMutation({
    mutationFn: () => unwrap(api.POST("/api/projects/{project}/imports/{number}/undo/", { params: { path } })),
    onSuccess: keep,
  });
  const forget = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/projects/{project}/imports/{number}/", { params: { path } })),
    onSuccess: () => {
      void importListChanged(queries, project);
      onClose();
    },
  });
  return { answer, run, undo, forget, wrong: [answer, run, undo, forget].find((one) => one.isError)?.error };
}

type ImportActs = ReturnType<typeof useImportActs>;

function View({ project, found, onClose }: { project: number; found: Import; onClose: () => void }) {
  const acts = useImportActs(project, found, onClose);
  const { plan, state } = found;
  const isPlan = state === "planning" || state === "asks" || state === "ready" || state === "failed";
  const isStale = state === "planning" || acts.answer.isPending;
  return (
    <div className="plan" data-testid={`import-${found.id.toString()}`} data-state={isStale ? "planning" : state}>
      {found.job && isBusy(found) && (
        <Busy project={project} job={found.job} isQuiet={state === "planning" && plan !== null} />
      )}
      {found.job?.error && (
        <p className="field-error" role="alert">
          {found.job.error}
        </p>
      )}
      {acts.wrong !== undefined && (
        <p className="field-error" role="alert">
          {sayError(acts.wrong)}
        </p>
      )}
      <Plan found={found} acts={acts} isShown={isPlan} isStale={isStale} />
      {(state === "done" || state === "stopped" || state === "undone") && (
        <Outcome found={found} isPending={acts.undo.isPending} onUndo={() => acts.undo.mutate()}>
          <Button onPress={onClose}>Import more</Button>
          <Link className="button" to={`/projects/${project.toString()}/labels`}>
            Look at the labels
          </Link>
        </Outcome>
      )}
      {state === "failed" && !plan && <Button onPress={onClose}>Choose other files</Button>}
    </div>
  );
}

interface PlanProps {
  found: Import;
  acts: ImportActs;
  isShown: boolean;
  /** It is being worked out anew. */
  isStale: boolean;
}

/** What would be imported, and the questions about it. What was answered stays while the plan is not shown. */
function Plan({ found, acts, isShown, isStale }: PlanProps) {
  const [given, setGiven] = useState<Readonly<Record<string, string>>>(found.answers);
  const { plan } = found;
  if (!isShown || !plan) return null;
  const say = (id: string, value: string) => {
    setGiven((before) => ({ ...before, [id]: value }));
    acts.answer.mutate({ [id]: value });
  };
  return (
    <>
      <div className="two">
        <div className="plan-column">
          <PlanQuestions questions={plan.questions} given={given} onAnswer={say} />
          {plan.table && <PlanTable table={plan.table} />}
          {plan.notes.length > 0 && (
            <ul className="plan-notes part-note">
              {plan.notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          )}
        </div>
        <div className="plan-column">
          <Consequences plan={plan} isStale={isStale} />
          <Refusals errors={plan.errors} total={plan.errors_total} />
        </div>
      </div>
      <PlanEnd state={found.state} acts={acts} isStale={isStale} />
    </>
  );
}

function PlanEnd({ state, acts, isStale }: { state: Import["state"]; acts: ImportActs; isStale: boolean }) {
  const { run, forget } = acts;
  return (
    <div className="plan-end">
      <p className="part-note" role="status">
        {isStale
          ? "Working the plan out"
          : state === "asks"
            ? "Answer the open questions first. Nothing was written yet."
            : "Nothing was written yet."}
      </p>
      <Button kind="quiet" isDisabled={forget.isPending} onPress={() => forget.mutate()}>
        Leave it
      </Button>
      <Button kind="main" isDisabled={state !== "ready" || isStale || run.isPending} onPress={() => run.mutate()}>
        Import this
      </Button>
    </div>
  );
}

/** How far the present step is; a plan that is only made anew says so in its own place. */
function Busy({ project, job, isQuiet }: { project: number; job: Job; isQuiet: boolean }) {
  const queries = useQueryClient();
  const { progress } = useJobNews(job);
  const cancel = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/projects/{project}/jobs/{job}/cancel/", { params: { path: { project, job: job.id } } })),
    onSettled: () => importsChanged(queries, project),
  });
  if (isQuiet) return null;
  return (
    <section className="part" aria-label="Progress">
      <progress className="bar" max={100} value={progress.percent ?? 0} aria-label="Progress of the import" />
      <p className="import-now">
        <span>
          {[progress.message || "Waiting for the worker", timeLeft(progress.seconds_left)].filter(Boolean).join(", ")}
        </span>
        <Button kind="quiet" isDisabled={cancel.isPending} onPress={() => cancel.mutate()}>
          Cancel
        </Button>
      </p>
    </section>
  );
}
