/**
 * All that writes the query cache, by what has happened. Nobody else does: a screen that has changed something, the
 * outbox that has the server's answers, and the live news call one of these.
 *
 *     labelsChanged(queries, project);    // what is on screen is read again now, the rest when it is next shown
 *
 * What returns a promise has been read again when it resolves.
 */
import type { QueryClient, QueryKey } from "@tanstack/react-query";

import { keys } from "./queries";
import type { Cell, CellState, ImageDetail, LabelPage, Project, Schemas } from "./types";

function reread(queries: QueryClient, ...all: readonly QueryKey[]): Promise<unknown> {
  return Promise.all(all.map((queryKey) => queries.invalidateQueries({ queryKey })));
}

/** This very entry, without those below it. */
function rereadOnly(queries: QueryClient, queryKey: QueryKey): Promise<void> {
  return queries.invalidateQueries({ queryKey, exact: true });
}

// Who is signed in

/** Another person sits here now. */
export function forgetAll(queries: QueryClient): void {
  queries.clear();
}

/** The same person again, after a while of which this page knows nothing. */
export function rereadAll(queries: QueryClient): Promise<void> {
  return queries.invalidateQueries();
}

export function tokensChanged(queries: QueryClient): Promise<unknown> {
  return reread(queries, keys.tokens);
}

// Projects

/** The list of projects: one was made, deleted or renamed. */
export function projectsChanged(queries: QueryClient): Promise<unknown> {
  return reread(queries, keys.projects);
}

/** Everything of the project may be another now. */
export function projectChanged(queries: QueryClient, project: number): Promise<unknown> {
  return reread(queries, keys.project(project));
}

/** The project's own entry: its role, its live model, its settings; nothing that it holds. */
export function projectEntryChanged(queries: QueryClient, project: number): Promise<void> {
  return rereadOnly(queries, keys.project(project));
}

export function settingsSaved(queries: QueryClient, saved: Project): void {
  queries.setQueryData(keys.project(saved.id), saved);
  void reread(queries, keys.projects, keys.jobs(saved.id), keys.progress(saved.id));
}

export function membersChanged(queries: QueryClient, project: number): Promise<unknown> {
  return reread(queries, keys.members(project));
}

export function snapshotsChanged(queries: QueryClient, project: number): Promise<unknown> {
  return reread(queries, keys.snapshots(project));
}

/** How much is marked of each label. */
export function countsChanged(queries: QueryClient, project: number): Promise<unknown> {
  return reread(queries, keys.progress(project));
}

/** A job was asked for, has moved on or was cancelled. */
export function jobsChanged(queries: QueryClient, project: number): void {
  void reread(queries, keys.jobs(project), keys.progress(project));
}

// Labels

/** Labels were added, edited, deleted or brought back. */
export function labelsChanged(queries: QueryClient, project: number): Promise<unknown> {
  return reread(queries, keys.labels(project));
}

/** The same, where this page did it: its counts follow without waiting for the news. */
export function labelsSaved(queries: QueryClient, project: number): void {
  void reread(queries, keys.labels(project), keys.progress(project));
}

/** Another label may ask for work most. */
export function labelToOpenChanged(queries: QueryClient, project: number): Promise<unknown> {
  return reread(queries, keys.labelToOpen(project));
}

// Models

/** There is a new version, or another is live. */
export function versionsChanged(queries: QueryClient, project: number): void {
  void reread(queries, keys.versions(project));
  void rereadOnly(queries, keys.project(project));
  void reread(queries, keys.labels(project), keys.progress(project));
}

/** The scores of these images as they are now. */
export function scoresRead(queries: QueryClient, project: number, { version, images }: Schemas["ScoresAnswer"]): void {
  for (const { id, scores } of images) {
    queries.setQueryData<ImageDetail>(
      keys.image(project, id),
      (detail) =>
        detail && {
          ...detail,
          model_version: version,
          cells: detail.cells.map((cell) => ({ ...cell, score: scores[cell.label.toString()] ?? null })),
        },
    );
  }
}

// Pictures

/** An image that was fetched ahead; one that is known already has newer marks. */
export function imageRead(queries: QueryClient, project: number, detail: ImageDetail): void {
  queries.setQueryData<ImageDetail>(keys.image(project, detail.id), (known) => known ?? detail);
}

export function imageChanged(queries: QueryClient, project: number, image: number): Promise<unknown> {
  return reread(queries, keys.image(project, image));
}

/** The lists of pictures: some were set aside, deleted or brought back. */
export function picturesChanged(queries: QueryClient, project: number): Promise<unknown> {
  return reread(queries, keys.pictures(project));
}

/** The same, as the news have it: pages of tiles leave these images out. */
export function picturesTold(queries: QueryClient, project: number, changed: readonly number[]): void {
  if (changed.length > 0)
    queries.setQueryData<readonly number[]>(keys.changedPictures(project), (before = []) => [...before, ...changed]);
  for (const image of changed) void imageChanged(queries, project, image);
  void picturesChanged(queries, project);
  void rereadOnly(queries, keys.project(project));
  void countsChanged(queries, project);
}

// Marks

/** Put states reported by the server into every cached image and label page; an older version never replaces a newer. */
export function statesTold(queries: QueryClient, project: number, states: readonly CellState[]): void {
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

interface Receipt {
  /** Whether the image is checked; undefined: nothing was said of that. */
  checked?: boolean | undefined;
  /** Label -> whether it cannot be told. */
  cantTell?: ReadonlyMap<number, boolean>;
}

/** What was said of an image beside its states. */
export function receiptTold(queries: QueryClient, project: number, image: number, receipt: Receipt): void {
  const { checked, cantTell } = receipt;
  queries.setQueryData<ImageDetail>(
    keys.image(project, image),
    (detail) =>
      detail && {
        ...detail,
        checked: checked ?? detail.checked,
        cells: detail.cells.map((cell) => ({ ...cell, cant_tell: cantTell?.get(cell.label) ?? cell.cant_tell })),
      },
  );
}

/** The blind questions that stand ready run low, and the server has the answers to those before. */
export function questionsRunLow(queries: QueryClient, project: number): Promise<unknown> {
  return reread(queries, keys.auditNext(project));
}

// Imports

/** One or more imports have moved on. */
export function importsChanged(queries: QueryClient, project: number): Promise<unknown> {
  return reread(queries, keys.imports(project));
}

/** The list of imports: one was made or forgotten. */
export function importListChanged(queries: QueryClient, project: number): Promise<void> {
  return rereadOnly(queries, keys.imports(project));
}

/** An import as the server gives it back when it has been asked for. */
export function importPlanned(queries: QueryClient, project: number, one: Schemas["Import"]): void {
  queries.setQueryData(keys.import(project, one.id), one);
  void importListChanged(queries, project);
}

/** The same after an act on it, which has started a job. */
export function importActed(queries: QueryClient, project: number, one: Schemas["Import"]): void {
  importPlanned(queries, project, one);
  void reread(queries, keys.jobs(project));
}
