/** The image view: one picture, all its labels. */
import { Link } from "react-router";

import { useImage, useLabels, useProgress } from "../../api/queries";
import type { Project } from "../../api/types";
import { LiveLine } from "../../frame/LiveLine";
import { useThisProject } from "../../frame/ProjectFrame";
import { Shell } from "../../frame/Shell";
import { Asked, REST_MS } from "../../parts/blind/Asked";
import { useBlindTurn } from "../../parts/blind/useBlindTurn";
import type { Act } from "../../sync/entry";
import { useMarking } from "../../sync/useMarking";
import { Empty } from "../../ui/Empty";
import { Meter } from "../../ui/Meter";
import { NoPicture } from "./NoPicture";
import { PictureNotice, SetAside } from "./OpenPicture";
import { useFreshScores } from "./useFreshScores";
import { useLease } from "./useLease";
import { useQueue } from "./useQueue";
import { Workbench } from "./Workbench";
import "./image.css";
import "./panel.css";

const PICTURES_BETWEEN_QUESTIONS = 5;

export default function ImageView() {
  const project = useThisProject();
  const queue = useQueue(project.id);
  const image = useImage(project.id, queue.image);
  const labels = useLabels(project.id);
  const others = useLease(project.id, queue.image, queue.ahead, project.lease_seconds);
  useFreshScores(project.id, queue.image === null ? [] : [queue.image, ...queue.ahead]);

  const blind = useBlindTurn(project.id, queue.image, PICTURES_BETWEEN_QUESTIONS);
  const marking = useMarking(project.id);
  // What an undo takes back is shown, also when a question stands before it.
  const show = (act: Act | null) => {
    if (act && act.image !== null) queue.show(act.image);
  };
  const asked = blind.question && labels.data?.find((label) => label.id === blind.question?.label);

  const path = `/projects/${project.id.toString()}`;
  return (
    <Shell
      fill
      trail={[
        { text: project.name, to: path },
        { text: asked ? "Blind question" : (image.data?.file_name ?? "Label") },
      ]}
      tools={<Tools project={project} image={asked ? null : queue.image} />}
    >
      {blind.question && asked ? (
        <Asked
          key={blind.question.id}
          question={blind.question}
          name={asked.name}
          rule={asked.rule}
          onAnswer={blind.answer}
          onSkip={blind.skip}
          onUndo={() => void marking.undo().then(show)}
          onRedo={() => void marking.redo().then(show)}
          moment={REST_MS}
        />
      ) : labels.data?.length === 0 ? (
        <NoLabel project={project} />
      ) : image.data && labels.data ? (
        <>
          <PictureNotice project={project} image={queue.image} />
          <Workbench project={project} detail={image.data} labels={labels.data} queue={queue} others={others} />
        </>
      ) : (
        <NoPicture project={project} queue={queue} error={image.error ?? labels.error} />
      )}
    </Shell>
  );
}

function NoLabel({ project }: { project: Project }) {
  const isLead = project.role === "lead";
  return (
    <Empty
      title="No label yet"
      action={
        isLead && (
          <Link className="button button-main" to={`/projects/${project.id.toString()}/labels`}>
            Name the labels
          </Link>
        )
      }
    >
      {isLead
        ? "A label is what may be in a picture. Name the first one, and Tern suggests it at once."
        : "A lead of this project names the labels. Come back when they are there."}
    </Empty>
  );
}

function Tools({ project, image }: { project: Project; image: number | null }) {
  return (
    <>
      <Standing project={project.id} />
      <SetAside project={project} image={image} />
    </>
  );
}

function Standing({ project }: { project: number }) {
  const progress = useProgress(project);
  const { known = 0, cells = 0, jobs = [] } = progress.data ?? {};
  const share = cells ? known / cells : 0;
  return (
    <>
      <LiveLine jobs={jobs} />
      <div className="standing">
        <Meter label="Decisions made" parts={[{ value: share, tone: "sea" }]} />
        <span aria-hidden="true">{(share * 100).toFixed(1)}%</span>
      </div>
    </>
  );
}
