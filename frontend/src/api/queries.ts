/**
 * The query cache: keys, readers and the hooks the screens use. Server state lives here and nowhere else; what writes
 * it stands in ./cache.
 *
 *     const project = useProject(projectId);           // UseQueryResult<Project>
 */
import { QueryClient, skipToken, useQuery } from "@tanstack/react-query";

import { api } from "./client";
import { Refused, unwrap } from "./errors";
import type { ClosingStatement, ImageDetail, Job, Label, Member, Progress, Project } from "./types";

export const keys = {
  tokens: ["tokens"] as const,
  projects: ["projects"] as const,
  project: (project: number) => ["project", project] as const,
  progress: (project: number) => ["project", project, "progress"] as const,
  labels: (project: number) => ["project", project, "labels"] as const,
  members: (project: number) => ["project", project, "members"] as const,
  jobs: (project: number) => ["project", project, "jobs"] as const,
  versions: (project: number) => ["project", project, "versions"] as const,
  pictures: (project: number) => ["project", project, "pictures"] as const,
  snapshots: (project: number) => ["project", project, "snapshots"] as const,
  imports: (project: number) => ["project", project, "imports"] as const,
  import: (project: number, id: number) => ["project", project, "imports", id] as const,
  auditNext: (project: number) => ["project", project, "audit-next"] as const,
  image: (project: number, image: number) => ["project", project, "image", image] as const,
  history: (project: number, image: number) => ["project", project, "image", image, "history"] as const,
  labelToOpen: (project: number) => ["project", project, "label-to-open"] as const,
  closing: (project: number, label: number | null) => ["project", project, "closing", label] as const,
  /** Pictures that were deleted, set aside or brought back, in the order in which this tab heard of it. */
  changedPictures: (project: number) => ["changed pictures", project] as const,
  labelPage: (project: number, label: number) => ["project", project, "label-page", label] as const,
};

/** Makes the cache. The page goes on offline, so nothing waits for the browser's idea of being online. */
export function makeQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 30 * 60_000,
        networkMode: "always",
        refetchOnWindowFocus: false,
        retry: (count, error) => !(error instanceof Refused) && count < 3,
      },
      mutations: { networkMode: "always" },
    },
  });
  client.setQueryDefaults(["changed pictures"], { staleTime: Infinity, gcTime: Infinity });
  return client;
}

const FIRST_PICTURES_MS = 4_000;

export function useProjects() {
  return useQuery({
    queryKey: keys.projects,
    queryFn: () => unwrap(api.GET("/api/projects/")),
    // No socket tells this page that the first pictures have come.
    refetchInterval: (query) => (query.state.data?.some((project) => project.images === 0) ? FIRST_PICTURES_MS : false),
  });
}

export function useProject(project: number) {
  return useQuery<Project>({
    queryKey: keys.project(project),
    queryFn: () => unwrap(api.GET("/api/projects/{project}/", { params: { path: { project } } })),
  });
}

export function useLabels(project: number) {
  return useQuery<Label[]>({
    queryKey: keys.labels(project),
    queryFn: () => unwrap(api.GET("/api/projects/{project}/labels/", { params: { path: { project } } })),
  });
}

export function useProgress(project: number) {
  return useQuery<Progress>({
    queryKey: keys.progress(project),
    queryFn: () => unwrap(api.GET("/api/projects/{project}/progress/", { params: { path: { project } } })),
  });
}

/** The latest background work, newest first; news of a job read it again. */
export function useJobs(project: number) {
  return useQuery<Job[]>({
    queryKey: keys.jobs(project),
    queryFn: () => unwrap(api.GET("/api/projects/{project}/jobs/", { params: { path: { project } } })),
    staleTime: 0,
  });
}

export function useMembers(project: number) {
  return useQuery<Member[]>({
    queryKey: keys.members(project),
    queryFn: () => unwrap(api.GET("/api/projects/{project}/members/", { params: { path: { project } } })),
  });
}

/** The label whose next page brings most for each action, other than the one that is open. */
export function useLabelToOpen(project: number, other?: number) {
  return useQuery({
    queryKey: [...keys.labelToOpen(project), other ?? null],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/labelview/next/", {
          params: { path: { project }, query: { other_than: other } },
        }),
      ),
  });
}

const NONE: readonly number[] = [];

/** What was heard of pictures; the server is never asked. */
export function useChangedPictures(project: number): readonly number[] {
  return (
    useQuery<readonly number[]>({ queryKey: keys.changedPictures(project), queryFn: skipToken, initialData: NONE })
      .data ?? NONE
  );
}

/** What closing a label, or all of them, would write and miss. For all it costs the server more than a page does. */
export function useClosingStatement(project: number, label: number | null, enabled: boolean) {
  return useQuery<ClosingStatement>({
    queryKey: keys.closing(project, label),
    queryFn: () =>
      label === null
        ? unwrap(api.GET("/api/projects/{project}/labelview/close/", { params: { path: { project } } }))
        : unwrap(api.GET("/api/projects/{project}/labelview/{label}/close/", { params: { path: { project, label } } })),
    staleTime: 60_000,
    // Somebody waits for it in a dialog that can say that the server does not answer.
    retry: (count, error) => !(error instanceof Refused) && count < 1,
    enabled,
  });
}

export function readImage(project: number, image: number): Promise<ImageDetail> {
  return unwrap(api.GET("/api/projects/{project}/images/{image}/", { params: { path: { project, image } } }));
}

/** One image with its cells; the next-image queue fills this cache ahead of time. */
export function useImage(project: number, image: number | null) {
  return useQuery<ImageDetail>({
    queryKey: keys.image(project, image ?? 0),
    queryFn: () => readImage(project, image ?? 0),
    enabled: image !== null,
    staleTime: 5 * 60_000,
  });
}
