/** The open image at work: picture, labels, keys. */
import { useCallback, useMemo, useRef, useState } from "react";
import { Link } from "react-router";

import type { ImageDetail, Label, Project } from "../../api/types";
import { useHint } from "../../keys/useKeys";
import { useSettled } from "../../keys/useSettled";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Actions } from "./Actions";
import { CloseQuestion } from "./CloseQuestion";
import { FindLabel } from "./FindLabel";
import { LabelCard } from "./LabelCard";
import { LabelList } from "./LabelList";
import { acceptable, itemsOf, suggestedPresent } from "./layout";
import type { GroupName } from "./layout";
import { PinLetter } from "./PinLetter";
import { Stage } from "./Stage";
import type { StageHandle } from "./Stage";
import { useCells } from "./useCells";
import { useClosing } from "./useClosing";
import { useFocusKept } from "./useFocusKept";
import { useFrozenLayout } from "./useFrozenLayout";
import { onceSeen, useImageActs } from "./useImageActs";
import { useImageKeys } from "./useImageKeys";
import { usePins } from "./usePins";
import type { Queue } from "./useQueue";
import { whyNot } from "./whyNot";

interface Props {
  project: Project;
  detail: ImageDetail;
  labels: readonly Label[];
  queue: Queue;
  /** Names of the others who have this image open. */
  others: readonly string[];
}

const FOLDED_AT_FIRST: ReadonlySet<GroupName> = new Set(["suggested-absent"]);

export interface Card {
  kind: "rule" | "history";
  label: number;
}

export function Workbench({ project, detail, labels, queue, others: company }: Props) {
  const byId = useMemo(() => new Map(labels.map((label) => [label.id, label])), [labels]);
  const cells = useCells(detail);
  const [touched, setTouched] = useState<number | null>(null);
  const frozen = useFrozenLayout(detail.id, cells.list, byId, touched === detail.id);
  const [folded, setFolded] = useState(FOLDED_AT_FIRST);
  const items = useMemo(() => itemsOf(frozen.layout, folded, cells.byLabel), [frozen.layout, folded, cells.byLabel]);
  const [onScreen, setOnScreen] = useState<number[]>([]);
  const [pointed, setPointed] = useState<{ image: number; label: number } | null>(null);
  const [finding, setFinding] = useState(false);
  const [card, setCard] = useState<Card | null>(null);
  const [pinning, setPinning] = useState<number | null>(null);
  const [heat, setHeat] = useState(false);
  const stage = useRef<StageHandle>(null);
  const frame = useRef<HTMLDivElement>(null);
  const settled = useSettled(detail.id, frame, "picture");
  const pins = usePins(project.id, labels);

  const firstRow = items.find((item) => item.kind === "row");
  const cursor = pointed?.image === detail.id ? pointed.label : firstRow?.kind === "row" ? firstRow.label : null;
  const dismissed = useMemo(
    () => new Set([...frozen.suggested].filter((label) => cells.byLabel.get(label)?.value === -1)),
    [frozen.suggested, cells],
  );
  const offer = useMemo(() => acceptable(onScreen, cells.byLabel, byId, dismissed), [onScreen, cells, byId, dismissed]);
  const sure = useMemo(() => new Set([...offer.present, ...offer.absent].map((cell) => cell.label)), [offer]);
  const digits = useMemo(
    () => new Map(frozen.layout.digits.map((label, row) => [label, ((row + 1) % 10).toString()])),
    [frozen.layout],
  );

  const point = useCallback((label: number) => setPointed({ image: detail.id, label }), [detail.id]);
  const suggested = useMemo(() => suggestedPresent(cells.list, byId), [cells, byId]);
  const allActs = useImageActs({ project, detail, labels: byId, cells, offer, suggested, queue, onTouch: setTouched });
  const acts = useMemo(() => onceSeen(allActs, settled), [allActs, settled]);
  const name = useFocusKept<HTMLHeadingElement>(detail.id, finding, card?.label, pinning);
  const closing = useClosing(detail.id, suggested, project.allow_closing, acts.close);
  const rowActs = useMemo(
    () => ({ mark: acts.toggle, cantTell: acts.cantTell, point }),
    [acts.toggle, acts.cantTell, point],
  );
  const fold = useCallback(
    (group: GroupName) =>
      setFolded((before) =>
        before.has(group) ? new Set([...before].filter((name) => name !== group)) : new Set([...before, group]),
      ),
    [],
  );

  useImageKeys({
    rests: closing.asked !== null,
    acts: { ...acts, close: closing.begin },
    items,
    cursor,
    point,
    digits: frozen.layout.digits,
    letters: pins.letters,
    stage,
    queue,
    fold: () => fold("suggested-absent"),
    sort: frozen.sort,
    find: () => setFinding(true),
    heat: setHeat,
    card: (kind) =>
      cursor !== null &&
      setCard((before) => (before?.kind === kind && before.label === cursor ? null : { kind, label: cursor })),
    closeCard: () => setCard(null),
    pin: () => setPinning(cursor),
  });

  const heatLabel = heat && cursor !== null ? byId.get(cursor) : undefined;
  const pointedLabel = cursor === null ? undefined : byId.get(cursor);
  const pointedCell = cursor === null ? undefined : cells.byLabel.get(cursor);
  const why = pointedLabel && pointedCell ? whyNot(pointedCell, pointedLabel, project.wanted_precision) : null;
  const carded = card && byId.get(card.label);
  const others = cells.list.filter((cell) => cell.value === 0 && !cell.cant_tell).length;
  const hint = useHint();
  return (
    <div className="bench" data-settled={settled.isSettled || undefined}>
      <Stage
        detail={detail}
        handle={stage}
        frame={frame}
        heat={heatLabel ? { label: heatLabel.name, url: heatUrl(project.id, detail, heatLabel.id) } : null}
      />
      <section className="panel" aria-label="Labels of this image">
        <h1 className="hidden-text" tabIndex={-1} ref={name}>
          {detail.file_name}
        </h1>
        <div className="panel-top">
          <Button kind="quiet" icon="find" keyHint={hint("find")} onPress={() => setFinding(true)}>
            Find
          </Button>
          {frozen.isStale && (
            <Button
              kind="quiet"
              icon="sparkle"
              keyHint={hint("sort")}
              aria-label="Sort by the new suggestions"
              onPress={frozen.sort}
            >
              Sort anew
            </Button>
          )}
          <span className="panel-model">
            {cells.checked ? "checked · " : ""}
            {detail.model_version === null ? (
              "no model yet"
            ) : (
              <Link to={`/projects/${project.id.toString()}/models/${detail.model_version.toString()}`}>
                model {detail.model_version}
              </Link>
            )}
          </span>
        </div>
        {company.length > 0 && (
          <p className="panel-company">
            <Icon name="people" size={16} /> {company.join(", ")} {company.length === 1 ? "has" : "have"} this picture
            open too.
          </p>
        )}
        <div className="panel-middle">
          <LabelList
            items={items}
            labels={byId}
            cells={cells.byLabel}
            version={detail.model_version}
            digits={digits}
            letters={pins.byLabel}
            cursor={cursor}
            dismissed={dismissed}
            sure={sure}
            wanted={project.wanted_precision}
            acts={rowActs}
            scene={detail.id.toString()}
            onFold={fold}
            onScreen={setOnScreen}
          />
          {finding && (
            <FindLabel
              labels={labels}
              cells={cells.byLabel}
              version={detail.model_version}
              say={acts.say}
              onClose={(at) => {
                setFinding(false);
                if (at !== null) point(at);
              }}
            />
          )}
          {card && carded && (
            <LabelCard
              project={project.id}
              image={detail.id}
              label={carded}
              kind={card.kind}
              onClose={() => setCard(null)}
            />
          )}
        </div>
        <p className="panel-why" title={why ?? undefined}>
          {why !== null && (
            <>
              <strong>{pointedLabel?.name}</strong> {why}
            </>
          )}
        </p>
        <Actions
          acceptPresent={offer.present.length}
          acceptAbsent={offer.absent.length}
          suggested={suggested.length}
          others={others}
          allowClosing={project.allow_closing}
          checked={cells.checked}
          hasPrevious={queue.hasPrevious}
          onAccept={() => acts.accept(false)}
          onAcceptAll={() => acts.accept(true)}
          onAcceptSuggested={acts.acceptSuggested}
          onClose={closing.begin}
          onUndo={acts.undo}
          onRedo={acts.redo}
          onPrevious={queue.previous}
          onNext={acts.next}
        />
        {closing.asked && (
          <CloseQuestion
            closing={closing}
            labels={byId}
            version={detail.model_version}
            others={others - closing.asked.length}
          />
        )}
      </section>
      <PinLetter
        label={pinning === null ? null : (byId.get(pinning) ?? null)}
        labels={labels}
        own={pins.own}
        onPin={pins.pin}
        onClose={() => setPinning(null)}
      />
    </div>
  );
}

function heatUrl(project: number, detail: ImageDetail, label: number): string {
  const version = detail.model_version === null ? "" : `?version=${detail.model_version.toString()}`;
  return `/api/projects/${project.toString()}/images/${detail.id.toString()}/heatmap/${label.toString()}.png${version}`;
}
