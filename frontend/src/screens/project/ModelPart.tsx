/** The live model, how quality has moved, and the button that trains now (for leads). */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Project, Schemas } from "../../api/types";
import { Button } from "../../ui/Button";
import { Segments } from "../../ui/Choice";
import { Sheet } from "../../ui/Sheet";
import { cardOf, share } from "../models/card";
import { QualityChart } from "../models/QualityChart";
import { useVersions } from "../models/useVersions";

type Level = Schemas["LevelEnum"];

export function ModelPart({ project, base }: { project: Project; base: string }) {
  const versions = useVersions(project.id);
  const [asking, setAsking] = useState(false);
  const list = versions.data ?? [];
  const points = list.map((version) => ({ number: version.number, live: version.live, ...cardOf(version).quality })).reverse();
  const { live } = project;
  return (
    <section className="part" aria-labelledby="model">
      <header className="part-head">
        <h2 id="model">Model</h2>
        {project.role === "lead" && (
          <Button icon="sparkle" onPress={() => setAsking(true)}>
            Retrain now
          </Button>
        )}
      </header>
      <div className="model-part">
        <div>
          {live ? (
            <>
              <p className="big-number">{live.map === null ? "From the names alone" : `${share(live.map)} mAP`}</p>
              <p className="part-note">
                <Link to={`${base}/models/${live.number.toString()}`}>Model {live.number}</Link> suggests now{live.map === null && "; it takes blind answers or marks to measure it"}
                {live.map_low !== null && live.map_high !== null && `; the truth probably lies between ${share(live.map_low, 0)} and ${share(live.map_high, 0)}`}.
              </p>
            </>
          ) : (
            <p className="part-note">No model yet. The first reads the label names as soon as there are pictures and labels.</p>
          )}
          <ol className="model-list">
            {list.slice(0, 5).map((version) => (
              <li key={version.number}>
                <Link to={`${base}/models/${version.number.toString()}`}>Model {version.number}</Link>
                <span>{share(cardOf(version).quality.map)}</span>
                {version.live && <span className="tag tag-live">live</span>}
              </li>
            ))}
          </ol>
        </div>
        <QualityChart points={points} base={`${base}/models`} />
      </div>
      <Retrain project={project.id} isOpen={asking} onClose={() => setAsking(false)} />
    </section>
  );
}

const HELP: Readonly<Record<Level, string>> = {
  quick: "A refit on stored features, in seconds. This is what runs by itself after a batch of marks.",
  full: "The whole head on stored feature maps, in minutes.",
  deep: "Looks at every picture enlarged too, which finds small things. Long; a stopped run goes on where it was.",
};

function Retrain({ project, isOpen, onClose }: { project: number; isOpen: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const [level, setLevel] = useState<Level>("quick");
  const train = useMutation({
    mutationFn: () => unwrap(api.POST("/api/projects/{project}/train/", { params: { path: { project } }, body: { level } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.progress(project) });
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
        <p className="part-note">The new model goes live unless blind answers call it worse, or held-out marks say that it is broken.</p>
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
