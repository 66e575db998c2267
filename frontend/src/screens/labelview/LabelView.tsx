/** The label view: a page of tiles of one label, pre-marked by the model; only the exceptions are clicked. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Navigate, useNavigate, useParams, useSearchParams } from "react-router";

import { keys, useLabels, useLabelToOpen, useProgress } from "../../api/queries";
import type { Label, Project } from "../../api/types";
import { LiveLine } from "../../frame/LiveLine";
import { useThisProject } from "../../frame/ProjectFrame";
import { Shell } from "../../frame/Shell";
import { useHint } from "../../keys/useKeys";
import { useSettled } from "../../keys/useSettled";
import { useLiveEvent } from "../../live/useLive";
import { Asked, REST_MS } from "../../parts/blind/Asked";
import { useBlindTurn } from "../../parts/blind/useBlindTurn";
import { useFirstActs } from "../../prefs/useFirstActs";
import { Select } from "../../ui/Choice";
import { counted } from "../../ui/numbers";
import { CloseAllOffer, CloseAllQuietly, CloseLabelOffer, CloseLabelQuietly, ClosingDialog } from "./Closing";
import { Foot } from "./Foot";
import { Look } from "./Look";
import { NoLabel, NoTiles } from "./Nothing";
import { tally } from "./page";
import type { Board } from "./page";
import { Rail } from "./Rail";
import { isShown } from "./shown";
import { Standing } from "./Standing";
import { TileGrid } from "./TileGrid";
import type { GridHandle } from "./TileGrid";
import { Toolbar } from "./Toolbar";
import { useClosing } from "./useClosing";
import { useLabelKeys } from "./useLabelKeys";
import { useLabelPage } from "./useLabelPage";
import { usePageActs } from "./usePageActs";
import { usePageState } from "./usePageState";
import { useTileLook } from "./useTileLook";
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

function LabelBench({ project, label, labels, upNext, onScene, question }: Props) {
  const look = useTileLook();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const wanted = search.get("show");
  const shown = isShown(wanted) ? wanted : "unknown";
  const page = useLabelPage({ project: project.id, label: label.id, order: look.order, size: look.perPage, shown });
  const acts = usePageActs({ project: project.id, label: label.id, name: label.name, page });
  const state = usePageState(page.key, page.tiles, page.cut, page.standing?.absent_suggested ?? false);
  const isLead = project.role === "lead";
  const closeAll = useClosing({
    project: project.id,
    label: null,
    what: "all labels",
    may: isLead,
    ahead: true,
    onClosed: page.retake,
  });
  const closeLabel = useClosing({
    project: project.id,
    label: label.id,
    what: `“${label.name}”`,
    may: true,
    ahead: false,
    onClosed: page.retake,
  });
  const { board } = state;
  const counts = useMemo(() => tally(board), [board]);
  const marked = useMemo(() => board.tiles.filter((tile) => tile.value !== 0).length, [board]);
  const [looking, setLooking] = useState<number | null>(null);
  const [asking, setAsking] = useState(false);
  const [isFresh, setFresh] = useState(false);
  const grid = useRef<GridHandle>(null);
  const first = useFirstActs("label");
  const hint = useHint();

  const takeFresh = () => {
    setFresh(false);
    void page.renew();
  };
  // A page nobody has touched takes news in by itself; one under work only says that there are some.
  const hearOfScores = () =>
    state.untouched && state.cursor === 0 && shown === "unknown" ? takeFresh() : setFresh(true);
  useLiveEvent("scores", hearOfScores);
  useLiveEvent("version", ({ live }) => live && hearOfScores());
  const queries = useQueryClient();
  useLiveEvent("scores", () => void queries.invalidateQueries({ queryKey: keys.labelToOpen(project.id) }));

  const base = `/projects/${project.id.toString()}`;
  const toNext = upNext === null ? null : () => void navigate(`${base}/by-label/${upNext.toString()}`);
  const standing = page.standing;
  const version = standing?.version ?? null;
  const heatOf = (image: number) =>
    `/api/projects/${project.id.toString()}/images/${image.toString()}/heatmap/${label.id.toString()}.png${version === null ? "" : `?version=${version.toString()}`}`;
  const lookedAt = looking === null ? undefined : board.tiles[looking];

  const middle = useRef<HTMLDivElement>(null);
  // A page that is made anew has the number of the one before, and other tiles.
  const settled = useSettled(
    page.tiles?.length ? [page.key, page.tiles[0]?.image, page.tiles.at(-1)?.image].join(":") : null,
    middle,
    "page",
  );
  const commit = (to: Board) =>
    settled.commit(() => {
      acts.commit(to);
      first.count();
    });
  const scene = shown === "unknown" && page.number > 0 ? page.key : null;
  useEffect(() => {
    if (scene !== null) onScene(scene);
  }, [scene, onScene]);
  useLabelKeys({
    rests: question !== null,
    state,
    look,
    grid,
    commit: () => commit(board),
    commitAt: (index) => commit({ ...board, cut: index + 1, placed: true }),
    overwrite: () => setAsking(counts.overwrite > 0),
    undo: () => void acts.undo(),
    redo: () => void acts.redo(),
    fresh: takeFresh,
    enlarge: (down) => setLooking(down ? state.cursor : null),
    nextLabel: toNext,
    closeAll: closeAll.open,
    open: () => {
      const tile = board.tiles[state.cursor];
      if (tile) void navigate(`${base}/label?image=${tile.image.toString()}`);
    },
  });

  if (question !== null) return <div className="label-bench label-bench-asked">{question}</div>;
  return (
    <section
      className="label-bench"
      data-settled={settled.isSettled || undefined}
      aria-label={`Pictures by label: ${label.name}`}
    >
      <header className="label-head">
        <div className="label-title">
          <span className="label-pick">
            <Select
              label="Label"
              hideLabel
              value={label.id.toString()}
              options={labels.map((one) => ({ value: one.id.toString(), text: one.name }))}
              onChange={(id) => void navigate(`${base}/by-label/${id}`)}
            />
          </span>
          <h1>{label.name}</h1>
          {label.rule && (
            <p className="label-rule" title={label.rule}>
              {label.rule}
            </p>
          )}
        </div>
        {standing && <Standing page={standing} />}
        {standing && <CloseLabelOffer closing={closeLabel} proposal={standing.proposal} name={label.name} />}
        <CloseAllOffer closing={closeAll} keyHint={hint("close-all")} />
        <Toolbar
          look={look}
          shown={shown}
          suggested={standing?.suggested ?? null}
          hint={hint}
          onShown={(to) => setSearch(to === "unknown" ? {} : { show: to }, { replace: true })}
        >
          {standing && <CloseLabelQuietly closing={closeLabel} proposal={standing.proposal} />}
          <CloseAllQuietly closing={closeAll} keyHint={hint("close-all")} />
        </Toolbar>
        <ClosingDialog closing={closeLabel} />
        <ClosingDialog closing={closeAll} />
      </header>
      <div ref={middle} className="label-middle">
        {page.tiles && page.tiles.length > 0 ? (
          <TileGrid
            board={board}
            label={`${label.name}: ${counted(page.tiles.length, "picture")}`}
            size={look.size}
            cursor={state.cursor}
            selected={state.selected}
            heatOf={look.heat ? heatOf : null}
            scene={page.key}
            handle={grid}
            reaching={look.reaching}
            onFlip={state.flip}
            onKeep={state.keep}
            onReach={state.reach}
            onDragSelect={state.select}
            onCut={state.setCut}
            onLook={setLooking}
            onSeen={state.see}
          />
        ) : (
          <NoTiles page={page} shown={shown} toNext={toNext} />
        )}
        {lookedAt && <Look tile={lookedAt} heat={look.heat ? heatOf(lookedAt.image) : null} />}
      </div>
      <Foot
        tally={counts}
        marked={marked}
        selected={state.selected.size}
        isFresh={isFresh}
        isNew={first.isNew}
        hint={hint}
        onCommit={() => commit(board)}
        onOverwrite={() => acts.overwrite(board)}
        onUndo={() => void acts.undo()}
        onRedo={() => void acts.redo()}
        onFresh={takeFresh}
        onSay={state.sayTargets}
        onNextLabel={toNext}
        asking={asking}
        setAsking={setAsking}
      />
    </section>
  );
}
