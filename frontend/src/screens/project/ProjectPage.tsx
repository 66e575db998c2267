/** The project at a glance: how far each label is, how good the model is, what runs; everything opens what is behind it. */
import { useQueryClient } from "@tanstack/react-query";

import { countsChanged } from "../../api/cache";
import { sayError } from "../../api/errors";
import { moreExpected } from "../../api/expected";
import { useProgress } from "../../api/queries";
import type { Progress, Project } from "../../api/types";
import { LiveLine } from "../../frame/LiveLine";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { useLiveEvent } from "../../live/useLive";
import { Jobs } from "../../parts/jobs/Jobs";
import { Button } from "../../ui/Button";
import { Empty, Waiting } from "../../ui/Empty";
import { Meter } from "../../ui/Meter";
import { about, counted, number, share } from "../../ui/numbers";
import { Coverage } from "./Coverage";
import { ModelPart } from "./ModelPart";
import { isNewProject, WhatNow } from "./WhatNow";
import "./project.css";

export default function ProjectPage() {
  const project = useThisProject();
  const progress = useProgress(project.id);
  const queries = useQueryClient();
  const recount = () => void countsChanged(queries, project.id);
  useLiveEvent("mark", recount);
  return (
    <ProjectShell
      title={project.name}
      lead={project.description}
      actions={<LiveLine jobs={progress.data?.jobs ?? []} />}
    >
      {progress.isError && !progress.data && (
        <Empty
          title="The project’s figures could not be read"
          tone="bad"
          action={<Button onPress={() => void progress.refetch()}>Try again</Button>}
        >
          {sayError(progress.error)}
        </Empty>
      )}
      {progress.isPending && <Waiting what="Counting" />}
      {progress.data && <Overview project={project} progress={progress.data} />}
    </ProjectShell>
  );
}

function Overview({ project, progress }: { project: Project; progress: Progress }) {
  const base = `/projects/${project.id.toString()}`;
  if (progress.images === 0 || progress.labels.length === 0) {
    return (
      <>
        <WhatNow project={project} progress={progress} base={base} />
        <Jobs project={project} jobs={progress.jobs} />
      </>
    );
  }
  return (
    <>
      {isNewProject(progress) && <WhatNow project={project} progress={progress} base={base} />}
      <Numbers progress={progress} />
      <ModelPart project={project} base={base} />
      <Coverage rows={progress.labels} base={base} images={progress.images} />
      <Jobs project={project} jobs={progress.jobs} />
    </>
  );
}

function Numbers({ progress }: { progress: Progress }) {
  const { cells, known } = progress;
  const present = progress.labels.reduce((sum, row) => sum + row.present, 0);
  const left = moreExpected(progress);
  return (
    <section className="numbers" aria-label="Decisions made">
      <div className="numbers-main">
        <p className="big-number">
          {share(cells ? known / cells : 0)} <span className="numbers-of">of {counted(cells, "decision")} made</span>
        </p>
        <Meter
          label="Decisions made"
          parts={[
            { value: cells ? present / cells : 0, tone: "present" },
            { value: cells ? (known - present) / cells : 0, tone: "absent" },
          ]}
        />
      </div>
      <dl>
        <div>
          <dt>pictures</dt>
          <dd>{number(progress.images)}</dd>
        </div>
        <div>
          <dt>checked to the end</dt>
          <dd>{number(progress.checked_images)}</dd>
        </div>
        <div>
          <dt>present found</dt>
          <dd>{number(present)}</dd>
        </div>
        <div>
          <dt>more expected</dt>
          <dd>{left === null ? "–" : about(left)}</dd>
        </div>
      </dl>
    </section>
  );
}
