/** The scrolling list of labels; only what is on screen is in the page, so that hundreds of labels cost nothing. */
import { useVirtualizer } from "@tanstack/react-virtual";
import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef } from "react";

import { Icon } from "../../ui/Icon";
import { LabelRow } from "./LabelRow";
import type { RowActs } from "./LabelRow";
import { GROUP_TITLES } from "./layout";
import type { GroupName, Item } from "./layout";
import type { Rows } from "./useRows";
import { useRowSizes } from "./useRowSizes";
import { whyNot } from "./whyNot";

interface Props {
  rows: Rows;
  version: number | null;
  letters: ReadonlyMap<number, string>;
  cursor: number | null;
  /** The share of accepted suggestions that has to be right. */
  wanted: number;
  acts: RowActs;
  /** When it changes, the list goes back to its top. */
  scene: string;
}

export function LabelList(props: Props) {
  const { cursor, scene } = props;
  const { items, setOnScreen, fold } = props.rows;
  const scroller = useRef<HTMLDivElement>(null);
  const rem = useRef<HTMLSpanElement>(null);
  const sizes = useRowSizes(rem);
  const list = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (items[index]?.kind === "head" ? sizes.head : sizes.row),
    getItemKey: (index) => keyOf(items[index]),
    overscan: 6,
  });

  // Before the frame is painted: rows of the old height would show for one.
  useLayoutEffect(() => {
    list.measure();
  }, [items, sizes, list]);
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [scene]);
  const acts = useCursorInSight(list, items, cursor, props.acts);
  useOnScreen(list, items, setOnScreen);

  return (
    <div className="list" ref={scroller} data-testid="labels">
      <span className="list-rem" ref={rem} aria-hidden="true" />
      <div className="list-all" style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map((place) => {
          const item = items[place.index];
          return (
            item && (
              <div
                key={place.key}
                className="list-place"
                style={{ height: place.size, transform: `translateY(${place.start.toString()}px)` }}
              >
                {item.kind === "head" ? (
                  <GroupHead item={item} onFold={fold} />
                ) : (
                  <Row {...props} acts={acts} id={item.label} />
                )}
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

type List = Virtualizer<HTMLDivElement, Element>;

/** Moves the list to the row under the cursor; gives the acts of rows, which tell it where a pointer is. */
function useCursorInSight(list: List, items: readonly Item[], cursor: number | null, own: RowActs): RowActs {
  const pointed = useRef<number | null>(null);
  const latest = useRef(items);
  useEffect(() => {
    latest.current = items;
  });
  useEffect(() => {
    // Only the keyboard moves the list under the cursor; a pointer is already there. A mark moves nothing.
    if (cursor === null || cursor === pointed.current) return;
    const index = latest.current.findIndex((item) => item.kind === "row" && item.label === cursor);
    if (index >= 0) list.scrollToIndex(index, { align: "auto" });
  }, [cursor, list]);
  return useMemo<RowActs>(
    () => ({
      ...own,
      point: (label) => {
        pointed.current = label;
        own.point(label);
      },
    }),
    [own],
  );
}

/** Tells which labels are on screen. */
function useOnScreen(list: List, items: readonly Item[], onScreen: (labels: number[]) => void): void {
  const { startIndex = 0, endIndex = -1 } = list.range ?? {};
  const seen = items
    .slice(startIndex, endIndex + 1)
    .flatMap((item) => (item.kind === "row" ? [item.label] : []))
    .join(",");
  useEffect(() => {
    onScreen(seen === "" ? [] : seen.split(",").map(Number));
  }, [seen, onScreen]);
}

function Row({ id, rows, version, letters, cursor, wanted, acts }: Props & { id: number }) {
  const label = rows.labels.get(id);
  const cell = rows.cells.byLabel.get(id);
  if (!label || !cell) return null;
  return (
    <LabelRow
      label={label}
      cell={cell}
      version={version}
      digit={rows.digits.get(id)}
      letter={letters.get(id)}
      isCursor={cursor === id}
      dismissed={rows.dismissed.has(id)}
      sure={rows.sure.has(id)}
      why={whyNot(cell, label, wanted)}
      acts={acts}
    />
  );
}

function GroupHead({ item, onFold }: { item: Extract<Item, { kind: "head" }>; onFold: (group: GroupName) => void }) {
  return (
    <h2 className="group-head">
      <button type="button" aria-expanded={!item.folded} onClick={() => onFold(item.group)}>
        <span className="group-arrow" data-folded={item.folded || undefined}>
          <Icon name="down" size={14} />
        </span>
        {GROUP_TITLES[item.group]}
        <span className="group-count">{item.count}</span>
      </button>
    </h2>
  );
}

function keyOf(item: Item | undefined): string {
  if (!item) return "";
  return item.kind === "head" ? item.group : item.label.toString();
}
