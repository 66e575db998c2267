/** The open image at work: picture, labels, keys. */
import { useRef } from "react";

import type { ImageDetail, Label, Project } from "../../api/types";
import { Panel } from "./Panel";
import { PinLetter } from "./PinLetter";
import { Stage } from "./Stage";
import type { StageHandle } from "./Stage";
import { useImageKeys } from "./useImageKeys";
import type { Queue } from "./useQueue";
import { useWorkbench } from "./useWorkbench";

interface Props {
  project: Project;
  detail: ImageDetail;
  labels: readonly Label[];
  queue: Queue;
  /** Names of the others who have this image open. */
  others: readonly string[];
}

export function Workbench({ project, detail, labels, queue, others }: Props) {
  const stage = useRef<StageHandle>(null);
  const frame = useRef<HTMLDivElement>(null);
  const bench = useWorkbench({ project, detail, labels, queue, frame });
  const { rows, cursor, opened, pins } = bench;
  useImageKeys({ bench, stage, queue });

  const heated = opened.isHeated && cursor !== null ? rows.labels.get(cursor) : undefined;
  return (
    <div className="bench" data-settled={bench.isSettled || undefined}>
      <Stage
        detail={detail}
        handle={stage}
        frame={frame}
        heat={heated ? { label: heated.name, url: heatUrl(project.id, detail, heated.id) } : null}
      />
      <Panel project={project} detail={detail} labels={labels} queue={queue} others={others} bench={bench} />
      <PinLetter
        label={opened.pinning === null ? null : (rows.labels.get(opened.pinning) ?? null)}
        labels={labels}
        own={pins.own}
        onPin={pins.pin}
        onClose={opened.endPinning}
      />
    </div>
  );
}

function heatUrl(project: number, detail: ImageDetail, label: number): string {
  const version = detail.model_version === null ? "" : `?version=${detail.model_version.toString()}`;
  return `/api/projects/${project.toString()}/images/${detail.id.toString()}/heatmap/${label.toString()}.png${version}`;
}
