/** Takes the server's answers into the query cache. */
import type { QueryClient } from "@tanstack/react-query";

import { keys } from "../api/queries";
import type { Cell, CellState, ImageDetail, LabelPage } from "../api/types";
import type { Settled } from "./sift";

/** Put states reported by the server into every cached image and label page; an older version never replaces a newer. */
export function takeStates(queries: QueryClient, project: number, states: readonly CellState[]): void {
  const byImage = Map.groupBy(states, (state) => state.image);
  for (const [image, own] of byImage) {
    queries.setQueryData<ImageDetail>(keys.image(project, image), (detail) => detail && withStates(detail, own));
  }
  for (const [label, own] of Map.groupBy(states, (state) => state.label)) {
    const byTile = new Map(own.map((state) => [state.image, state]));
    queries.setQueriesData<LabelPage>({ queryKey: keys.labelPage(project, label) }, (page) =>
      page && Array.isArray(page.tiles)
        ? {
            ...page,
            tiles: page.tiles.map((tile) => {
              const state = byTile.get(tile.image);
              return state ? { ...tile, value: state.value, version: state.version } : tile;
            }),
          }
        : page,
    );
  }
}

function withStates(detail: ImageDetail, states: readonly CellState[]): ImageDetail {
  const byLabel = new Map(states.map((state) => [state.label, state]));
  return { ...detail, cells: detail.cells.map((cell) => withState(cell, byLabel.get(cell.label))) };
}

function withState(cell: Cell, state: CellState | undefined): Cell {
  if (!state || state.version < cell.version) return cell;
  return { ...cell, value: state.value, version: state.version, by: state.by, at: state.at, source: state.source };
}

/** Take in a batch that the server has answered: values of every result, receipts of those it applied. */
export function takeSettled(queries: QueryClient, project: number, settled: readonly Settled[]): void {
  takeStates(
    queries,
    project,
    settled.flatMap(({ result }) => result.cells),
  );
  for (const { entry, result } of settled) {
    if (result.status !== "applied") continue;
    const told = new Map(
      entry.effects.filter((e) => e.cantTell !== undefined).map((e) => [e.label, e.cantTell ?? false]),
    );
    const image = entry.checked?.image ?? entry.effects[0]?.image;
    if (image === undefined || (told.size === 0 && !entry.checked)) continue;
    queries.setQueryData<ImageDetail>(
      keys.image(project, image),
      (detail) =>
        detail && {
          ...detail,
          checked: entry.checked?.on ?? detail.checked,
          cells: detail.cells.map((cell) => ({ ...cell, cant_tell: told.get(cell.label) ?? cell.cant_tell })),
        },
    );
  }
}
