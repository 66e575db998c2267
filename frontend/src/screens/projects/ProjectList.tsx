/** The start page: the person's projects, each with its state at a glance. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";

import { projectsChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { useProjects } from "../../api/queries";
import { usePerson } from "../../api/session";
import type { Project } from "../../api/types";
import { Shell } from "../../frame/Shell";
import { Button } from "../../ui/Button";
import { Empty, Waiting } from "../../ui/Empty";
import { Field } from "../../ui/Field";
import { Form, FormError, Submit } from "../../ui/Form";
import { Meter } from "../../ui/Meter";
import { noun, number, share } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";
import { DeletedProjects } from "./DeletedProjects";
import "./projects.css";

export function ProjectList() {
  const projects = useProjects();
  const person = usePerson();
  const [making, setMaking] = useState(false);
  const name = person.display_name || person.username;
  return (
    <Shell trail={[]}>
      <div className="wrap">
        <header className="projects-head">
          <h1>Good to see you, {name}</h1>
          <Button icon="plus" onPress={() => setMaking(true)}>
            New project
          </Button>
        </header>
        {projects.isPending && <Waiting what="Reading your projects" />}
        {projects.isError && !projects.data && (
          <Empty
            title="Your projects could not be read"
            tone="bad"
            action={<Button onPress={() => void projects.refetch()}>Try again</Button>}
          >
            {sayError(projects.error)}
          </Empty>
        )}
        {projects.data?.length === 0 && (
          <Empty
            title="No project yet"
            action={
              <Button kind="main" onPress={() => setMaking(true)}>
                Make the first project
              </Button>
            }
          >
            A project is a set of pictures and a list of labels. Add pictures, name the labels, and suggestions appear
            before anybody has marked anything.
          </Empty>
        )}
        <ul className="projects">
          {projects.data?.map((project) => (
            <ProjectCard key={project.id} project={project} />
          ))}
        </ul>
        <DeletedProjects />
      </div>
      <NewProject isOpen={making} onClose={() => setMaking(false)} />
    </Shell>
  );
}

function ProjectCard({ project }: { project: Project }) {
  const cells = project.images * project.labels;
  const known = cells ? project.known / cells : 0;
  const path = `/projects/${project.id.toString()}`;
  return (
    <li className="project-card">
      <Strip project={project.id} isEmpty={project.images === 0} />
      <div className="project-head">
        <h2>
          <Link to={path}>{project.name}</Link>
        </h2>
        <span className="project-role">{project.role}</span>
      </div>
      {project.description && <p className="project-text">{project.description}</p>}
      <p className="project-numbers">
        <strong>{number(project.images)}</strong> {noun(project.images, "picture")},{" "}
        <strong>{number(project.labels)}</strong> {noun(project.labels, "label")}
        <span>{cells > 0 && `${share(known)} of ${number(cells)} decided`}</span>
      </p>
      <Meter label="Decisions made" parts={[{ value: known, tone: "sea" }]} />
      <p className="project-model">{modelLine(project)}</p>
      <div className="project-foot">
        {cells > 0 ? (
          <>
            <Link className="button" to={`${path}/label`}>
              Image by image
            </Link>
            <Link className="button button-main" to={`${path}/by-label`}>
              Label by label
            </Link>
          </>
        ) : (
          <Link className="button" to={path}>
            Open
          </Link>
        )}
      </div>
    </li>
  );
}

const STRIP = 5;

/** The first pictures of a project; the room for them is kept while they come. */
function Strip({ project, isEmpty }: { project: number; isEmpty: boolean }) {
  const images = useQuery({
    queryKey: ["project", project, "strip"],
    queryFn: () =>
      unwrap(api.GET("/api/projects/{project}/images/", { params: { path: { project }, query: { order: "row" } } })),
    enabled: !isEmpty,
  });
  return (
    <div className="project-strip" aria-hidden="true">
      {images.data?.results.slice(0, STRIP).map((image) => (
        <img key={image.id} src={image.thumbnail} alt="" loading="lazy" />
      ))}
    </div>
  );
}

function modelLine(project: Project): string {
  const { live } = project;
  if (!live) return project.images ? "The first suggestions are on their way" : "No picture yet";
  const quality = live.map === null ? "from the names alone" : `${share(live.map, 0)} mAP`;
  return `Model ${live.number.toString()}: ${quality}`;
}

function NewProject({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const make = useMutation({
    mutationFn: () => unwrap(api.POST("/api/projects/", { body: { name, description } })),
    onSuccess: (project) => {
      void projectsChanged(queries);
      onClose();
      void navigate(`/projects/${project.id.toString()}`);
    },
  });
  return (
    <Sheet title="New project" isOpen={isOpen} onClose={onClose}>
      <Form className="form" error={make.error} isPending={make.isPending} onSubmit={() => make.mutate()}>
        <Field name="name" label="Name" value={name} onChange={setName} isRequired autoFocus />
        <Field name="description" label="What is it about?" value={description} onChange={setDescription} lines={3} />
        <FormError />
        <div className="form-end">
          <Button onPress={onClose}>Cancel</Button>
          <Submit>Make project</Submit>
        </div>
      </Form>
    </Sheet>
  );
}
