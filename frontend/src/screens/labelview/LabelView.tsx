/** The label view: a page of tiles of one label, pre-marked by the model; only the exceptions are clicked. */
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { Navigate, useNavigate, useParams, useSearchParams } from "react-router";

import { sayError } from "../../api/errors";
import { keys, useLabels, useLabelToOpen, useProgress } from "../../api/queries";
import type { Label, Project } from "../../api/types";
import { chordsById } from "../../keys/bindings";
import { printed } from "../../keys/chord";
import { useKeyPreferences } from "../../keys/useKeys";
import { useLiveEvent } from "../../live/useLive";
import { Button } from "../../ui/Button";
import { Select } from "../../ui/Choice";
import { Empty, Waiting } from "../../ui/Empty";
import { Shell } from "../../ui/Shell";
import { LiveLine } from "../image/LiveLine";
import { useThisProject } from "../ProjectFrame";
import { CloseAllDialog, CloseAllOffer, CloseAllQuietly } from "./CloseAll";
import { Foot } from "./Foot";
import { Look } from "./Look";
import { tally } from "./page";
import { Rail } from "./Rail";
import { isShown } from "./shown";
import { Proposal, Standing } from "./Standing";
import { TileGrid } from "./TileGrid";
import type { GridHandle } from "./TileGrid";
import { Toolbar } from "./Toolbar";
import { useCloseAll } from "./useCloseAll";
import { useLabelKeys } from "./useLabelKeys";
import { useLabelPage } from "./useLabelPage";
import { usePageActs } from "./usePageActs";
import { usePageState } from "./usePageState";
import { useTileLook } from "./useTileLook";
import "./labelview.css";
import "./tiles.css";

export default function LabelView() {
  const project = useThisProject();
  const labels = useLabels(project.id);
  const progress = useProgress(project.id);
  const asked = Number(useParams()["label"]) || null;
  const base = `/projects/${project.id.toString()}`;
  const rows = progress.data?.labels ?? [];
  const label = labels.data?.find((candidate) => candidate.id === asked);
  const toOpen = useLabelToOpen(project.id, asked ?? undefined);
  const upNext = toOpen.data?.label ?? null;
  const first = upNext ?? labels.data?.[0]?.id;
  if (asked === null && labels.data && !toOpen.isPending && first !== undefined) return <Navigate to={`${base}/by-label/${first.toString()}`} replace />;
  return (
    <Shell fill trail={[{ text: project.name, to: base }, { text: label?.name ?? "By label" }]} tools={<LiveLine jobs={progress.data?.jobs ?? []} />}>
      {label && labels.data ? (
        <div className="by-label">
          <Rail base={`${base}/by-label`} labels={labels.data} rows={rows} current={label.id} upNext={upNext} />
          <LabelBench key={label.id} project={project} label={label} labels={labels.data} upNext={upNext} />
        </div>
      ) : (
        <NoLabel error={labels.error} isPending={labels.isPending || toOpen.isPending} count={labels.data?.length ?? 0} base={base} />
      )}
    </Shell>
  );
}

function NoLabel({ error, isPending, count, base }: { error: Error | null; isPending: boolean; count: number; base: string }) {
  const navigate = useNavigate();
  if (error) {
    return (
      <Empty title="The labels could not be read" tone="bad">
        {sayError(error)}
      </Empty>
    );
  }
  if (isPending) return <Waiting what="Reading the labels" />;
  return (
    <Empty title={count === 0 ? "No label yet" : "This label is gone"} action={<Button onPress={() => void navigate(`${base}/labels`)}>Open the label editor</Button>}>
      {count === 0 ? "Name the first label: Tern suggests pictures for it at once, from its name alone." : "It was deleted. A lead can bring it back for 30 days."}
    </Empty>
  );
}

interface Props {
  project: Project;
  label: Label;
  labels: readonly Label[];
  upNext: number | null;
}

function LabelBench({ project, label, labels, upNext }: Props) {
  const look = useTileLook();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const wanted = search.get("show");
  const shown = isShown(wanted) ? wanted : "unknown";
  const page = useLabelPage({ project: project.id, label: label.id, order: look.order, size: look.perPage, shown });
  const acts = usePageActs({ project: project.id, label: label.id, name: label.name, page });
  const state = usePageState(page.key, page.tiles, page.cut);
  const closeAll = useCloseAll(project.id, page.retake);
  const { board } = state;
  const counts = useMemo(() => tally(board), [board]);
  const marked = useMemo(() => board.tiles.filter((tile) => tile.value !== 0).length, [board]);
  const [looking, setLooking] = useState<number | null>(null);
  const [asking, setAsking] = useState(false);
  const [isFresh, setFresh] = useState(false);
  const grid = useRef<GridHandle>(null);
  const [preferences] = useKeyPreferences();
  const hint = (id: string) => printed(chordsById(id, preferences)[0] ?? "");

  const takeFresh = () => {
    setFresh(false);
    void page.renew();
  };
  // A page nobody has touched takes news in by itself; one under work only says that there are some.
  const hearOfScores = () => (state.untouched && state.cursor === 0 && shown === "unknown" ? takeFresh() : setFresh(true));
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

  useLabelKeys({
    state,
    look,
    grid,
    commit: () => acts.commit(board),
    commitAt: (index) => acts.commit({ ...board, cut: index + 1 }),
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

  return (
    <section className="label-bench" aria-label={`Pictures by label: ${label.name}`}>
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
        {standing && <Proposal page={standing} name={label.name} onClose={() => void acts.close()} />}
        <CloseAllOffer closing={closeAll} keyHint={hint("close-all")} />
        <Toolbar look={look} shown={shown} suggested={standing?.suggested ?? null} hint={hint} onShown={(to) => setSearch(to === "unknown" ? {} : { show: to }, { replace: true })}>
          <CloseAllQuietly closing={closeAll} keyHint={hint("close-all")} />
        </Toolbar>
        <CloseAllDialog closing={closeAll} />
      </header>
      <div className="label-middle">
        {page.tiles && page.tiles.length > 0 ? (
          <TileGrid
            board={board}
            label={`${label.name}: ${page.tiles.length.toString()} pictures`}
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
        hint={hint}
        onCommit={() => acts.commit(board)}
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

interface NoTilesProps {
  page: ReturnType<typeof useLabelPage>;
  shown: string;
  toNext: (() => void) | null;
}

function NoTiles({ page, shown, toNext }: NoTilesProps) {
  const { query, tiles } = page;
  if (query.isError && !query.data) {
    return (
      <Empty title="These pictures could not be read" tone="bad" action={<Button onPress={() => void query.refetch()}>Try again</Button>}>
        {sayError(query.error)}
      </Empty>
    );
  }
  if (tiles === null) return <Waiting what={page.hungry ? "Sending what you said, then more pictures" : "Fetching the pictures"} />;
  if (shown !== "unknown") return <Empty title="No picture here">None is in this state for this label.</Empty>;
  return (
    <Empty title="Every picture is decided" action={toNext && <Button kind="main" onPress={toNext}>Next label</Button>}>
      Nothing is unknown for this label any more, apart from what you said you cannot tell.
    </Empty>
  );
}
