/**
 * The layout of the open image, frozen until the image is left or the person asks to sort again. The one exception: an
 * image opened before there was any suggestion is laid out anew when the first ones arrive and nothing has been touched.
 */
import { useMemo, useState } from "react";

import type { Cell, Label } from "../../api/types";
import { DIGIT_ROWS } from "../../keys/table";
import { layOut, sameLayout } from "./layout";
import type { Layout } from "./layout";

interface Frozen {
  image: number;
  labels: string;
  scored: boolean;
  layout: Layout;
  /** What was suggested present when the image was opened: only that can be dismissed. */
  suggested: ReadonlySet<number>;
}

export interface FrozenLayout extends Frozen {
  /** Fresh scores would give another order. */
  isStale: boolean;
  sort: () => void;
}

export function useFrozenLayout(
  image: number,
  cells: readonly Cell[],
  labels: ReadonlyMap<number, Label>,
  touched: boolean,
): FrozenLayout {
  const names = [...labels.keys()].join(",");
  const scored = cells.some((cell) => cell.score !== null);
  const make = (): Frozen => {
    const layout = layOut(cells, labels, DIGIT_ROWS);
    return { image, labels: names, scored, layout, suggested: new Set(layout.groups[0]?.labels) };
  };
  const [frozen, setFrozen] = useState(make);
  const first = scored && !frozen.scored && !touched;
  const current = frozen.image === image && frozen.labels === names && !first ? frozen : make();
  if (current !== frozen) setFrozen(current);

  const isStale = useMemo(() => {
    // Marks made meanwhile do not count as news: compare by scores alone, over what was unknown when frozen.
    const known = new Set(current.layout.groups.find((group) => group.name === "marked")?.labels);
    const unknown = cells
      .filter((cell) => !known.has(cell.label))
      .map((cell) => ({ ...cell, value: 0 as const, cant_tell: false }));
    const marked = cells.filter((cell) => known.has(cell.label));
    const fresh = layOut([...unknown, ...marked], labels, DIGIT_ROWS);
    return !sameLayout(withoutMarked(fresh), withoutMarked(current.layout));
  }, [cells, labels, current]);

  return { ...current, isStale, sort: () => setFrozen(make()) };
}

function withoutMarked(layout: Layout): Layout {
  return { ...layout, groups: layout.groups.filter((group) => group.name !== "marked") };
}
