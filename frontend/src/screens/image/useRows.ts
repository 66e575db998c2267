/** What the panel shows of an image: the cells of its labels, in which rows they stand, and what accepting would take. */
import { useCallback, useMemo, useState } from "react";

import type { ImageDetail, Label } from "../../api/types";
import { acceptable, itemsOf, suggestedPresent } from "./layout";
import type { GroupName, Item } from "./layout";
import { useCells } from "./useCells";
import { useFrozenLayout } from "./useFrozenLayout";

const FOLDED_AT_FIRST: ReadonlySet<GroupName> = new Set(["suggested-absent"]);

/** `isTouched`: something was said of this image, so its rows stay where they are. */
export function useRows(detail: ImageDetail, labels: readonly Label[], isTouched: boolean) {
  const byId = useMemo(() => new Map(labels.map((label) => [label.id, label])), [labels]);
  const cells = useCells(detail);
  const frozen = useFrozenLayout(detail.id, cells.list, byId, isTouched);
  const [folded, fold] = useFolded();
  const items = useMemo(() => itemsOf(frozen.layout, folded, cells.byLabel), [frozen.layout, folded, cells.byLabel]);
  const [onScreen, setOnScreen] = useState<number[]>([]);
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
  const suggested = useMemo(() => suggestedPresent(cells.list, byId), [cells, byId]);
  return {
    labels: byId,
    cells,
    /** What stands where: frozen while the image is open. */
    frozen,
    items,
    fold,
    setOnScreen,
    dismissed,
    /** What accepting takes, of the rows on screen. */
    offer,
    sure,
    /** Label id -> the digit painted on its row. */
    digits,
    /** Unknown labels that are suggested present, sure enough or not. */
    suggested,
    /** How many unknown labels closing makes absent. */
    others: cells.list.filter((cell) => cell.value === 0 && !cell.cant_tell).length,
  };
}

export type Rows = ReturnType<typeof useRows>;

/** Which groups show their heads only. */
function useFolded(): [ReadonlySet<GroupName>, (group: GroupName) => void] {
  const [folded, setFolded] = useState(FOLDED_AT_FIRST);
  const fold = useCallback(
    (group: GroupName) =>
      setFolded((before) =>
        before.has(group) ? new Set([...before].filter((name) => name !== group)) : new Set([...before, group]),
      ),
    [],
  );
  return [folded, fold];
}

/** The label that the row keys are about: the one pointed at last, the first row of an image just opened. */
export function useCursor(image: number, items: readonly Item[]): [number | null, (label: number) => void] {
  const [pointed, setPointed] = useState<{ image: number; label: number } | null>(null);
  const point = useCallback((label: number) => setPointed({ image, label }), [image]);
  const firstRow = items.find((item) => item.kind === "row");
  const cursor = pointed?.image === image ? pointed.label : firstRow?.kind === "row" ? firstRow.label : null;
  return [cursor, point];
}
