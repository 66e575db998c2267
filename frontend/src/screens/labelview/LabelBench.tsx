/** One label at work: its page of tiles, what heads it, what stands at its foot; or the blind question that comes before. */
import { useRef } from "react";
import type { ReactNode } from "react";

import type { Label, Project } from "../../api/types";
import { useHint } from "../../keys/useKeys";
import { counted } from "../../ui/numbers";
import { Foot } from "./Foot";
import { LabelHead } from "./LabelHead";
import { Look } from "./Look";
import { NoTiles } from "./Nothing";
import { TileGrid } from "./TileGrid";
import { useBench } from "./useBench";
import { useLabelKeys } from "./useLabelKeys";
import type { GridHandle } from "./useTileFocus";

interface Props {
  project: Project;
  label: Label;
  labels: readonly Label[];
  upNext: number | null;
  /** Told of every page of unknown tiles that comes. */
  onScene: (page: string) => void;
  /** A blind question that comes before the page; the page waits, and its keys rest. */
  question: ReactNode;
}

export function LabelBench({ project, label, labels, upNext, onScene, question }: Props) {
  const middle = useRef<HTMLDivElement>(null);
  const grid = useRef<GridHandle>(null);
  const bench = useBench({ project, label, upNext, onScene, middle });
  const { look, page, state, acts } = bench;
  const hint = useHint();
  useLabelKeys({ rests: question !== null, state, look, grid, acts });

  if (question !== null) return <div className="label-bench label-bench-asked">{question}</div>;
  const { standing } = page;
  const heat = look.heat ? heatOf(project.id, label.id, standing?.version ?? null) : null;
  const lookedAt = bench.looking === null ? undefined : state.board.tiles[bench.looking];
  return (
    <section
      className="label-bench"
      data-settled={bench.isSettled || undefined}
      aria-label={`Pictures by label: ${label.name}`}
    >
      <LabelHead project={project} label={label} labels={labels} bench={bench} hint={hint} />
      <div ref={middle} className="label-middle">
        {page.tiles && page.tiles.length > 0 ? (
          <TileGrid
            label={`${label.name}: ${counted(page.tiles.length, "picture")}`}
            scene={page.key}
            state={state}
            look={look}
            heatOf={heat}
            handle={grid}
            onLook={acts.look}
          />
        ) : (
          <NoTiles page={page} shown={bench.shown} toNext={acts.nextLabel} />
        )}
        {lookedAt && <Look tile={lookedAt} heat={heat?.(lookedAt.image) ?? null} />}
      </div>
      <Foot bench={bench} hint={hint} />
    </section>
  );
}

/** Where the heat map of the label in an image lies. */
function heatOf(project: number, label: number, version: number | null): (image: number) => string {
  const query = version === null ? "" : `?version=${version.toString()}`;
  return (image) =>
    `/api/projects/${project.toString()}/images/${image.toString()}/heatmap/${label.toString()}.png${query}`;
}
