/** The button that trains now, and the question how much; the admin's page says the same (`annotator/admin/said.py`). */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { jobsChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import type { Schemas } from "../../api/types";
import { Button } from "../../ui/Button";
import { Segments } from "../../ui/Choice";
import { Sheet } from "../../ui/Sheet";

type Level = Schemas["LevelEnum"];

const HELP: Readonly<Record<Level, string>> = {
  quick: "A refit on stored features, in seconds. This is what runs by itself after a batch of marks.",
  full: "The whole head on stored feature maps, in minutes.",
  deep: "Looks at every picture enlarged too, which finds small things. Long; a stopped run goes on where it was.",
};

export function Retrain({ project }: { project: number }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button icon="sparkle" onPress={() => setAsking(true)}>
        Retrain now
      </Button>
      <Asking project={project} isOpen={asking} onClose={() => setAsking(false)} />
    </>
  );
}

function Asking({ project, isOpen, onClose }: { project: number; isOpen: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const [level, setLevel] = useState<Level>("quick");
  const train = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/projects/{project}/train/", { params: { path: { project } }, body: { level } })),
    onSuccess: () => {
      jobsChanged(queries, project);
      onClose();
    },
  });
  return (
    <Sheet title="Retrain now" isOpen={isOpen} onClose={onClose}>
      <div className="form">
        <Segments<Level>
          label="How much"
          value={level}
          options={[
            { value: "quick", text: "Quick" },
            { value: "full", text: "Full" },
            { value: "deep", text: "Deep" },
          ]}
          onChange={setLevel}
        />
        <p className="part-note">{HELP[level]}</p>
        <p className="part-note">
          The new model goes live unless blind answers call it worse, or held-out marks say that it is broken.
        </p>
        {train.isError && (
          <p className="field-error" role="alert">
            {sayError(train.error)}
          </p>
        )}
        <div className="form-end">
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="main" isPending={train.isPending} onPress={() => train.mutate()}>
            Start training
          </Button>
        </div>
      </div>
    </Sheet>
  );
}
