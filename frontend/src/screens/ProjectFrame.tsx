/** Everything below /projects/:id: reads the project once, opens the live socket, gives `useProjectId()` to the screens. */
import { createContext, use } from "react";
import { Outlet, useParams } from "react-router";

import { sayError } from "../api/errors";
import { useProject } from "../api/queries";
import type { Project } from "../api/types";
import { LiveProject } from "../live/useLive";
import { Empty, Waiting } from "../ui/Empty";
import { Shell } from "../ui/Shell";

const ProjectContext = createContext<Project | null>(null);

/** The project of this address; only below ProjectFrame. */
export function useThisProject(): Project {
  const project = use(ProjectContext);
  if (!project) throw new Error("useThisProject is only for screens below /projects/:id.");
  return project;
}

export function ProjectFrame() {
  const id = Number(useParams()["id"]);
  const project = useProject(id);
  if (project.data) {
    return (
      <ProjectContext value={project.data}>
        <LiveProject key={id} project={id} since={project.data.event_seq}>
          <Outlet />
        </LiveProject>
      </ProjectContext>
    );
  }
  return (
    <Shell trail={[]}>
      {project.isError ? (
        <Empty title="This project could not be opened" tone="bad">
          {sayError(project.error)}
        </Empty>
      ) : (
        <Waiting what="Opening the project" />
      )}
    </Shell>
  );
}
