/** Everything the palette offers just now: acts of the open view, pages, labels, pictures by name, projects. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";
import { useMatch, useNavigate } from "react-router";

import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys, useProjects } from "../../api/queries";
import type { Label, Project } from "../../api/types";
import { actsNow } from "../../keys/active";
import { useHint } from "../../keys/useKeys";
import { pagesFor } from "../pages";
import type { Entry } from "./entries";

type Go = (to: string) => void;

export function useEntries(query: string): readonly Entry[] {
  const navigate = useNavigate();
  const hint = useHint();
  const id = Number(useMatch("/projects/:id/*")?.params.id) || null;
  const projects = useProjects();
  const project = projects.data?.find((one) => one.id === id);
  const labels = useQuery<Label[]>({
    queryKey: keys.labels(id ?? 0),
    queryFn: () => unwrap(api.GET("/api/projects/{project}/labels/", { params: { path: { project: id ?? 0 } } })),
    enabled: id !== null,
  });
  const pictures = usePictures(id, query);
  // The views do not change while the palette is over them.
  const acts = useMemo(
    () =>
      actsNow().map(({ action, run }): Entry => ({
        id: `act:${action.id}`,
        kind: "act",
        text: action.text,
        hint: hint(action.id),
        run,
      })),
    [hint],
  );
  return useMemo(() => {
    const go: Go = (to) => void navigate(to);
    const inProject = project ? [...pageEntries(project, go), ...labelEntries(project, labels.data ?? [], go)] : [];
    const found = pictures.map(({ id: image, file_name }): Entry => ({
      id: `picture:${image.toString()}`,
      kind: "picture",
      text: file_name,
      run: () => go(`/projects/${(id ?? 0).toString()}/label?image=${image.toString()}`),
    }));
    return [...acts, ...inProject, ...found, ...projectEntries(projects.data ?? [], id, go)];
  }, [acts, project, labels.data, pictures, projects.data, id, navigate]);
}

function pageEntries(project: Project, go: Go): Entry[] {
  const base = `/projects/${project.id.toString()}`;
  const work = [
    { to: "label", text: "Image by image" },
    { to: "by-label", text: "Label by label" },
  ];
  return [...work, ...pagesFor(project.role)].map(({ to, text }) => ({
    id: `page:${to}`,
    kind: "page",
    text,
    run: () => go(to ? `${base}/${to}` : base),
  }));
}

function labelEntries(project: Project, labels: readonly Label[], go: Go): Entry[] {
  return labels.map((label) => ({
    id: `label:${label.id.toString()}`,
    kind: "label",
    text: label.name,
    also: label.synonyms,
    run: () => go(`/projects/${project.id.toString()}/by-label/${label.id.toString()}`),
  }));
}

function projectEntries(projects: readonly Project[], open: number | null, go: Go): Entry[] {
  const others = projects
    .filter(({ id }) => id !== open)
    .map(({ id, name }): Entry => ({
      id: `project:${id.toString()}`,
      kind: "project",
      text: name,
      run: () => go(`/projects/${id.toString()}`),
    }));
  const rest: Entry[] = [
    { id: "page:/", kind: "page", text: "All projects", run: () => go("/") },
    { id: "page:/tokens", kind: "page", text: "Tokens for scripts", run: () => go("/tokens") },
  ];
  return [...rest, ...others];
}

const NO_PICTURES: readonly { id: number; file_name: string }[] = [];
const FEWEST_LETTERS = 2;

function usePictures(project: number | null, query: string) {
  const search = useDeferredValue(query.trim());
  const found = useQuery({
    queryKey: ["project", project, "named", search],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/projects/{project}/images/", {
          params: { path: { project: project ?? 0 }, query: { search, order: "row", limit: 12 } },
          signal,
        }),
      ),
    enabled: project !== null && search.length >= FEWEST_LETTERS,
    placeholderData: (before) => before,
    gcTime: 60_000,
  });
  return search.length >= FEWEST_LETTERS ? (found.data?.results ?? NO_PICTURES) : NO_PICTURES;
}
