/** Everything below /projects/:id: reads the project once, opens the live socket, gives `useProjectId()` to the screens. */
import { createContext, use } from "react";
import { Link, Outlet, useParams } from "react-router";

import { LIMITS } from "../api/limits";
import { Refused, sayError } from "../api/errors";
import { useProject } from "../api/queries";
import type { Project } from "../api/types";
import { LiveProject } from "../live/useLive";
import { Empty, Waiting } from "../ui/Empty";
import { Shell } from "./Shell";
import { counted } from "../ui/numbers";

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
  const isGone = project.error instanceof Refused && project.error.status === 404;
  if (project.data && !isGone) {
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
        <Empty
          title={isGone && project.data ? `${project.data.name} is gone` : "This project could not be opened"}
          tone="bad"
          action={<Link to="/">All projects</Link>}
        >
          {isGone && project.data
            ? `It was deleted, or you are no longer a member. Marks that wait on this device are kept; a lead can bring a deleted project back for ${counted(LIMITS.daysToTakeBack, "day")}.`
            : sayError(project.error)}
        </Empty>
      ) : (
        <Waiting what="Opening the project" />
      )}
    </Shell>
  );
}
