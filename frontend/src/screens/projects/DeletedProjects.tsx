/** Projects that were deleted lately: how long each is kept, and the way back. Nothing is shown while there are none. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { projectChanged, projectsChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Project } from "../../api/types";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { counted } from "../../ui/numbers";
import { whenThere } from "../../ui/whenThere";

/** Longer than a list takes to be painted, and too short for somebody to have gone elsewhere. */
const PAINTED_MS = 2_000;

export function DeletedProjects() {
  const queries = useQueryClient();
  const announce = useAnnounce();
  const deleted = useQuery<Project[]>({
    queryKey: [...keys.projects, "deleted"],
    queryFn: () => unwrap(api.GET("/api/projects/", { params: { query: { deleted: true } } })),
    staleTime: 0,
  });
  const restore = useMutation({
    mutationFn: (project: Project) =>
      unwrap(api.POST("/api/projects/{project}/restore/", { params: { path: { project: project.id } } })),
    onSuccess: async (project) => {
      await projectsChanged(queries);
      void projectChanged(queries, project.id);
      announce(`${project.name} is back`, { show: true });
      // The button that had the focus is gone with its line; the link to the project that is back says where it went.
      // The list has been read again by now, and is painted in a moment.
      const giveUp = whenThere(() => focusLink(project.id));
      setTimeout(giveUp, PAINTED_MS);
    },
  });
  if (!deleted.data?.length) return null;
  return (
    <details className="projects-deleted">
      <summary>{counted(deleted.data.length, "deleted project")}</summary>
      <ul>
        {deleted.data.map((project) => (
          <li key={project.id}>
            <span>
              <strong>{project.name}</strong>
              <span className="part-note">
                {counted(project.images, "picture")}, {counted(project.known, "decision")}; kept for{" "}
                {counted(project.days_left ?? 0, "more day")}
              </span>
            </span>
            <Button
              icon="undo"
              aria-label={`Bring back ${project.name}`}
              isDisabled={restore.isPending}
              onPress={() => restore.mutate(project)}
            >
              Bring back
            </Button>
          </li>
        ))}
      </ul>
      {restore.isError && (
        <p className="field-error" role="alert">
          {sayError(restore.error)}
        </p>
      )}
    </details>
  );
}

function focusLink(project: number): boolean {
  const link = document.querySelector<HTMLElement>(`.project-card a[href="/projects/${project.toString()}"]`);
  link?.focus();
  return link !== null;
}
