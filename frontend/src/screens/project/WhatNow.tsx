/** The first steps of a project, each a way to its page: what is done, what is next, and who may do it. */
import { Link } from "react-router";

import { useMembers } from "../../api/queries";
import type { Progress, Project } from "../../api/types";
import { Icon } from "../../ui/Icon";

interface Step {
  title: string;
  text: string;
  to: string;
  action: string;
  isDone: boolean;
  /** Can be left out: it is never what comes next. */
  isExtra?: boolean;
}

export function WhatNow({ project, progress, base }: { project: Project; progress: Progress; base: string }) {
  const members = useMembers(project.id);
  if (project.role !== "lead") {
    return (
      <section className="part what-now" aria-labelledby="what-now">
        <h2 id="what-now">What now</h2>
        <p>
          A lead of this project adds pictures and names the labels. This page changes by itself as soon as they are
          there.
        </p>
      </section>
    );
  }
  const steps = stepsOf(progress, base, members.data?.length ?? 1);
  const next = steps.find((step) => !step.isDone && !step.isExtra);
  return (
    <section className="part what-now" aria-labelledby="what-now">
      <h2 id="what-now">What now</h2>
      <ol>
        {steps.map((step) => (
          <li key={step.title} data-done={step.isDone || undefined}>
            <span className="what-now-sign" aria-hidden="true">
              {step.isDone && <Icon name="check" size={14} />}
            </span>
            <div>
              <h3>
                {step.title}
                {step.isDone && <span className="hidden-text">: done</span>}
              </h3>
              <p>{step.text}</p>
            </div>
            {!step.isDone && (
              <Link className={`button ${step === next ? "button-main" : ""}`} to={step.to}>
                {step.action}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Whether the first steps are still ahead: no picture, no label, or no decision yet. */
export function isNewProject({ images, labels, known }: Progress): boolean {
  return images === 0 || labels.length === 0 || known === 0;
}

function stepsOf(progress: Progress, base: string, people: number): Step[] {
  const hasPictures = progress.images > 0;
  const hasLabels = progress.labels.length > 0;
  return [
    {
      title: "Add pictures",
      text: "From this computer, a folder of the server, or a zip; a table of known labels can come along.",
      to: `${base}/import`,
      action: "Add pictures",
      isDone: hasPictures,
    },
    {
      title: "Name the labels",
      text: "What may be in a picture. Tern reads the names, and suggests before anybody has marked anything.",
      to: `${base}/labels`,
      action: "Name the labels",
      isDone: hasLabels,
    },
    {
      title: "Invite people",
      text: "If you do not label alone: each gets a link to enter by.",
      to: `${base}/members`,
      action: "Invite people",
      isDone: people > 1,
      isExtra: true,
    },
    {
      title: "Say the first yes and no",
      text:
        hasPictures && hasLabels
          ? "One label at a time is the fastest way; after some thirty marks the first model learns from them."
          : "As soon as there are pictures and labels.",
      to: hasPictures && hasLabels ? `${base}/by-label` : `${base}/label`,
      action: "Start labelling",
      isDone: progress.known > 0,
    },
  ];
}
