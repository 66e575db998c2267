/** Beside the picture: its labels as rows, what is open over them, and the acts on the whole image. */
import { useMemo } from "react";

import type { ImageDetail, Label, Project } from "../../api/types";
import { Actions } from "./Actions";
import { CloseQuestion } from "./CloseQuestion";
import { FindLabel } from "./FindLabel";
import { LabelCard } from "./LabelCard";
import { LabelList } from "./LabelList";
import { Company, PanelTop, Why } from "./PanelLines";
import { useFocusKept } from "./useFocusKept";
import type { Queue } from "./useQueue";
import type { Bench } from "./useWorkbench";

interface MiddleProps {
  project: Project;
  detail: ImageDetail;
  labels: readonly Label[];
  bench: Bench;
}

interface Props extends MiddleProps {
  queue: Queue;
  /** Names of the others who have this image open. */
  others: readonly string[];
}

export function Panel({ project, detail, labels, queue, others, bench }: Props) {
  const { rows, opened, closing, cursor } = bench;
  const name = useFocusKept<HTMLHeadingElement>(detail.id, opened.isFinding, opened.card?.label, opened.pinning);
  return (
    <section className="panel" aria-label="Labels of this image">
      <h1 className="hidden-text" tabIndex={-1} ref={name}>
        {detail.file_name}
      </h1>
      <PanelTop project={project.id} detail={detail} rows={rows} opened={opened} />
      <Company names={others} />
      <Middle project={project} detail={detail} labels={labels} bench={bench} />
      <Why rows={rows} cursor={cursor} wanted={project.wanted_precision} />
      <Actions bench={bench} queue={queue} allowClosing={project.allow_closing} />
      {closing.asked && (
        <CloseQuestion
          closing={closing}
          labels={rows.labels}
          version={detail.model_version}
          others={rows.others - closing.asked.length}
        />
      )}
    </section>
  );
}

/** The rows, and what a person has opened over them. */
function Middle({ project, detail, labels, bench }: MiddleProps) {
  const { rows, cursor, point, acts, opened, pins } = bench;
  const { card } = opened;
  const carded = card && rows.labels.get(card.label);
  const rowActs = useMemo(
    () => ({ mark: acts.toggle, cantTell: acts.cantTell, point }),
    [acts.toggle, acts.cantTell, point],
  );
  return (
    <div className="panel-middle">
      <LabelList
        rows={rows}
        version={detail.model_version}
        letters={pins.byLabel}
        cursor={cursor}
        wanted={project.wanted_precision}
        acts={rowActs}
        scene={detail.id.toString()}
      />
      {opened.isFinding && (
        <FindLabel
          labels={labels}
          cells={rows.cells.byLabel}
          version={detail.model_version}
          say={acts.say}
          onClose={(at) => {
            opened.endFinding();
            if (at !== null) point(at);
          }}
        />
      )}
      {card && carded && (
        <LabelCard project={project.id} image={detail.id} label={carded} kind={card.kind} onClose={opened.closeCard} />
      )}
    </div>
  );
}
