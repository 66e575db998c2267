/** Versions and blind quality, from the query cache; live news refresh them. */
import { useQuery } from "@tanstack/react-query";

import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Schemas, Version } from "../../api/types";

export function useVersions(project: number) {
  return useQuery<Version[]>({
    queryKey: keys.versions(project),
    queryFn: () => unwrap(api.GET("/api/projects/{project}/versions/", { params: { path: { project } } })),
  });
}

export function useBlindQuality(project: number) {
  return useQuery<Schemas["Quality"]>({
    queryKey: [...keys.project(project), "quality"],
    queryFn: () => unwrap(api.GET("/api/projects/{project}/audit/", { params: { path: { project } } })),
  });
}
