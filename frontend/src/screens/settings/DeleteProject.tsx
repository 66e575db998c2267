/** Takes a project out of sight of everybody, after its name was typed; it can be brought back for a while. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { projectsChanged } from "../../api/cache";
import { LIMITS } from "../../api/limits";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import type { Project } from "../../api/types";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Form, FormError, Submit } from "../../ui/Form";
import { counted, noun } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";

export function DeleteProject({ project }: { project: Project }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/projects/{project}/", { params: { path: { project: project.id } } })),
    onSuccess: () => {
      void projectsChanged(queries);
      void navigate("/");
    },
  });
  return (
    <section className="part settings-part" aria-label="Delete the project">
      <h2>Delete</h2>
      <div className="form">
        <p className="part-note">
          {counted(project.images, "picture")} and {counted(project.known, "decision")} of all its members. It can be
          brought back for {counted(LIMITS.daysToTakeBack, "day")}.
        </p>
        <div>
          <Button kind="danger" onPress={() => setAsking(true)}>
            Delete this project
          </Button>
        </div>
      </div>
      <Sheet title={`Delete “${project.name}”?`} isOpen={asking} onClose={() => setAsking(false)}>
        <Form
          className="form"
          error={remove.error}
          isPending={remove.isPending}
          onSubmit={() => typed === project.name && remove.mutate()}
        >
          <p>
            {counted(project.known, "decision")} on {counted(project.images, "picture")}{" "}
            {noun(project.known, "goes", "go")} out of sight for everybody.
          </p>
          <Field label={`Type “${project.name}” to go on`} value={typed} onChange={setTyped} autoFocus />
          <FormError />
          <div className="form-end">
            <Button onPress={() => setAsking(false)}>Keep it</Button>
            <Submit kind="danger" isDisabled={typed !== project.name}>
              Delete project
            </Submit>
          </div>
        </Form>
      </Sheet>
    </section>
  );
}
