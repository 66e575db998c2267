/** Readers of imports: `useImports(project)` lists them, `useImport(project, id)` reads one with its plan until it rests. */
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { importsChanged } from "../../api/cache";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Schemas } from "../../api/types";
import { useLiveEvent } from "../../live/useLive";

export type Import = Schemas["Import"];
export type ImportBrief = Schemas["ImportBrief"];
export type ImportPlan = Schemas["ImportPlan"];
export type PlanQuestion = Schemas["PlanQuestion"];

/** News may be late or lost; while something is being done the page asks as well. */
const ASK_AGAIN_MS = 1_200;

export function isBusy({ state }: Pick<ImportBrief, "state">): boolean {
  return state === "planning" || state === "running" || state === "undoing";
}

export function useImports(project: number) {
  const queries = useQueryClient();
  useLiveEvent("job", ({ kind }) => {
    if (kind === "import") void importsChanged(queries, project);
  });
  return useQuery<ImportBrief[]>({
    queryKey: keys.imports(project),
    queryFn: () => unwrap(api.GET("/api/projects/{project}/imports/", { params: { path: { project } } })),
    staleTime: 0,
  });
}

export function useImport(project: number, id: number) {
  return useQuery<Import>({
    queryKey: keys.import(project, id),
    queryFn: () =>
      unwrap(api.GET("/api/projects/{project}/imports/{number}/", { params: { path: { project, number: id } } })),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && isBusy(state.data) ? ASK_AGAIN_MS : false),
  });
}
