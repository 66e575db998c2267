/** The label view: a page of tiles of one label, pre-marked by the model; only the exceptions are clicked. */
import { useState } from "react";
import { Navigate, useParams } from "react-router";

import { useLabels, useLabelToOpen, useProgress } from "../../api/queries";
import { LiveLine } from "../../frame/LiveLine";
import { useThisProject } from "../../frame/ProjectFrame";
import { Shell } from "../../frame/Shell";
import { Asked, REST_MS } from "../../parts/blind/Asked";
import { useBlindTurn } from "../../parts/blind/useBlindTurn";
import { LabelBench } from "./LabelBench";
import { NoLabel } from "./Nothing";
import { Rail } from "./Rail";
import "./labelview.css";
import "./tiles.css";

const PAGES_BETWEEN_QUESTIONS = 3;

export default function LabelView() {
  const project = useThisProject();
  const labels = useLabels(project.id);
  const progress = useProgress(project.id);
  const asked = Number(useParams()["label"]) || null;
  const base = `/projects/${project.id.toString()}`;
  const rows = progress.data?.labels ?? [];
  const [scene, setScene] = useState<string | null>(null);
  const blind = useBlindTurn(project.id, scene, PAGES_BETWEEN_QUESTIONS);
  const questioned = blind.question && labels.data?.find((candidate) => candidate.id === blind.question?.label);
  const label = labels.data?.find((candidate) => candidate.id === asked);
  const toOpen = useLabelToOpen(project.id, asked ?? undefined);
  const upNext = toOpen.data?.label ?? null;
  const first = upNext ?? labels.data?.[0]?.id;
  if (asked === null && labels.data && !toOpen.isPending && first !== undefined)
    return <Navigate to={`${base}/by-label/${first.toString()}`} replace />;
  return (
    <Shell
      fill
      trail={[{ text: project.name, to: base }, { text: label?.name ?? "By label" }]}
      tools={<LiveLine jobs={progress.data?.jobs ?? []} />}
    >
      {label && labels.data ? (
        <div className="by-label">
          <Rail base={`${base}/by-label`} labels={labels.data} rows={rows} current={label.id} upNext={upNext} />
          <LabelBench
            key={label.id}
            project={project}
            label={label}
            labels={labels.data}
            upNext={upNext}
            onScene={setScene}
            question={
              blind.question && questioned ? (
                <Asked
                  key={blind.question.id}
                  question={blind.question}
                  name={questioned.name}
                  rule={questioned.rule}
                  onAnswer={blind.answer}
                  onSkip={blind.skip}
                  moment={REST_MS}
                />
              ) : null
            }
          />
        </div>
      ) : (
        <NoLabel
          error={labels.error}
          isPending={labels.isPending || toOpen.isPending}
          count={labels.data?.length ?? 0}
          base={base}
        />
      )}
    </Shell>
  );
}
