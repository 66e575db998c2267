/** What looks at the pictures, chosen from those that work here, and at what size; says what a change costs before it is made. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { LIMITS } from "../../api/limits";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Project, Schemas } from "../../api/types";
import { Select } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { useRefusal } from "../../ui/Form";
import { counted, size as bytesInWords } from "../../ui/numbers";
import type { Draft, Shown } from "./draft";

const OTHER = "other";
const PAUSE_MS = 500;

interface Props {
  project: Project;
  shown: Shown;
  set: (change: Draft) => void;
}

/** The backbones that work here, and whether the one shown is named by hand instead of chosen from them. */
function useBackbones(project: Project, shown: Shown) {
  const list = useQuery<Schemas["Backbone"][]>({
    queryKey: [...keys.project(project.id), "backbones"],
    queryFn: () => unwrap(api.GET("/api/projects/{project}/backbones/", { params: { path: { project: project.id } } })),
  });
  const [byName, setByName] = useState(false);
  const known = list.data ?? [];
  const chosen = known.find((one) => one.name === shown.backbone);
  const options = [
    ...known.map((one) => ({
      value: one.name,
      text: one.missing ? `${one.title} (${one.missing})` : one.title,
      isDisabled: one.missing !== "" && one.name !== project.backbone,
    })),
    ...(list.isSuccess ? [] : [{ value: shown.backbone, text: shown.backbone }]),
    { value: OTHER, text: "Another, by its name in timm" },
  ];
  return { options, chosen, isOther: byName || (list.isSuccess && chosen === undefined), setByName };
}

export function BackboneFields({ project, shown, set }: Props) {
  const { refusal, forget } = useRefusal("backbone");
  const { options, chosen, isOther, setByName } = useBackbones(project, shown);
  const choose = (name: string) => {
    forget();
    setByName(name === OTHER);
    set({ backbone: name === OTHER ? project.backbone : name });
  };
  return (
    <>
      <div className="field">
        <Select
          kind="stacked"
          label="What looks at the pictures (backbone)"
          value={isOther ? OTHER : shown.backbone}
          options={options}
          onChange={choose}
        />
        {!isOther && chosen && <p className="field-help">{chosen.note}</p>}
        {!isOther && refusal && (
          <p className="field-error" role="alert">
            {refusal}
          </p>
        )}
      </div>
      {isOther && (
        <Field
          name="backbone"
          label="Name of the backbone"
          value={shown.backbone}
          onChange={(backbone) => set({ backbone })}
          isRequired
          help="Its weights must be at hand: TERN_BACKBONE_WEIGHTS, set by whoever runs this Tern."
        />
      )}
      <Field
        name="image_size"
        label="Size of pictures for the model, pixels"
        inputMode="numeric"
        value={shown.image_size}
        onChange={(value) => set({ image_size: value })}
        help="Best a multiple of 32. Larger sees smaller things, and costs with the square."
      />
      <Cost project={project} backbone={shown.backbone} size={Number(shown.image_size)} />
    </>
  );
}

/** What the change would take; nothing while nothing is changed. */
function Cost({ project, backbone, size }: { project: Project; backbone: string; size: number }) {
  const [asked, setAsked] = useState({ backbone, size });
  useEffect(() => {
    const timer = setTimeout(() => setAsked({ backbone, size }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [backbone, size]);
  const isChanged = backbone !== project.backbone || size !== project.image_size;
  const canAsk =
    asked.backbone !== "" &&
    Number.isInteger(asked.size) &&
    asked.size >= LIMITS.leastImageSize &&
    asked.size <= LIMITS.mostImageSize;
  const trial = useQuery({
    queryKey: [...keys.project(project.id), "backbones", asked.backbone, asked.size],
    queryFn: () =>
      unwrap(
        api.POST("/api/projects/{project}/backbones/", {
          params: { path: { project: project.id } },
          body: { backbone: asked.backbone, image_size: asked.size },
        }),
      ),
    enabled: isChanged && canAsk,
    retry: false,
  });
  if (!isChanged) return null;
  return (
    <p className="settings-cost" role="status">
      {trial.isFetching && "Trying it, some seconds …"}
      {!trial.isFetching && trial.isError && sayError(trial.error)}
      {!trial.isFetching &&
        trial.data &&
        (trial.data.wrong ? `It cannot be used. ${trial.data.wrong}` : costInWords(trial.data))}
    </p>
  );
}

function costInWords({ pictures, seconds, bytes }: Schemas["BackboneTrial"]): string {
  if (pictures === 0) return "It works here. There is no picture yet, so the change costs nothing.";
  const minutes = seconds / 60;
  const time =
    minutes < 1.5
      ? `${Math.max(1, Math.round(seconds)).toString()} s`
      : minutes < 90
        ? `${Math.round(minutes).toString()} min`
        : `${(minutes / 60).toFixed(1)} h`;
  return `It works here. The features of ${counted(pictures, "picture")} are computed again: about ${time} on this machine, ${bytesInWords(bytes)} on disk. A training starts when you save; the present model suggests until it has ended.`;
}
