/** What Tern reads a name as, and the pictures it fits best; follows the typing. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { LIMITS } from "../../api/limits";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { ImageBrief, LabelPreview, Schemas } from "../../api/types";
import { percent } from "../../ui/State";

interface Props {
  project: number;
  name: string;
  synonyms: readonly string[];
  hasImages: boolean;
}

const PAUSE_MS = 450;
const LOOK_EVERY_MS = 700;
const LOOKS = 80;

type Shown = Pick<LabelPreview, "concepts"> & {
  best: readonly (Pick<ImageBrief, "id" | "file_name" | "thumbnail"> & { score: number | null })[];
};

export function NamePreview({ project, name, synonyms, hasImages }: Props) {
  const asked = useSettled(JSON.stringify([name.trim(), ...synonyms]));
  const [word = "", ...also] = JSON.parse(asked) as string[];
  const preview = useQuery<Shown>({
    queryKey: [...keys.labels(project), "preview", asked],
    queryFn: ({ signal }) => readPreview(project, word, also, signal),
    enabled: word !== "" && hasImages,
    staleTime: 60_000,
    placeholderData: (before) => before,
    retry: false,
  });
  return (
    <section
      className="part preview"
      aria-label="What Tern makes of the name"
      aria-busy={preview.isFetching}
      data-testid="name-preview"
    >
      <header className="part-head">
        <h2>{word ? `“${word}” is read as` : "What Tern makes of the name"}</h2>
        {preview.isFetching && <span className="part-note">looking</span>}
      </header>
      {!hasImages && <p className="part-note">Add pictures first: the best ones for the name are then shown here.</p>}
      {hasImages && !word && (
        <p className="part-note">Type a name, and see what it is read as and which pictures it fits.</p>
      )}
      {preview.isError && <p className="field-error">{sayError(preview.error)}</p>}
      {preview.data && word && <Concepts concepts={preview.data.concepts} />}
      {hasImages && word && <Best pictures={preview.data?.best ?? []} />}
    </section>
  );
}

function Concepts({ concepts }: Pick<Shown, "concepts">) {
  const most = Math.max(0.001, ...concepts.map((concept) => concept.weight));
  return (
    <ul className="chips" aria-label="Read as">
      {concepts.length === 0 && (
        <li className="part-note">Nothing Tern knows. Synonyms help; so do marks, whatever the name.</li>
      )}
      {concepts.map((concept) => (
        <li key={concept.name} className="chip chip-weight" title={`weight ${concept.weight.toFixed(2)}`}>
          <span
            className="chip-fill"
            style={{ inlineSize: `${((concept.weight / most) * 100).toFixed(0)}%` }}
            aria-hidden="true"
          />
          <span>{concept.name}</span>
          <span className="chip-number">{percent(concept.weight)}</span>
        </li>
      ))}
    </ul>
  );
}

/** The pictures the name fits best; their places stand there before they come. */
function Best({ pictures }: { pictures: Shown["best"] }) {
  return (
    <ol className="preview-best" aria-label="Best pictures">
      {Array.from({ length: LIMITS.previewBest }, (_, place) => {
        const image = pictures[place];
        return (
          <li key={image?.id ?? `empty-${place.toString()}`} className="preview-tile">
            {image && <img src={image.thumbnail} alt={image.file_name} />}
            {image?.score != null && <span>{percent(image.score)}</span>}
          </li>
        );
      })}
    </ol>
  );
}

/** The text once it has rested for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

async function readPreview(project: number, name: string, synonyms: string[], signal: AbortSignal): Promise<Shown> {
  const answer = await unwrap<LabelPreview | Schemas["PreviewPending"]>(
    api.POST("/api/projects/{project}/labels/preview/", {
      params: { path: { project } },
      body: { name, synonyms },
      signal,
    }),
  );
  return "job" in answer ? waitFor(project, answer.job, signal) : answer;
}

/** A cold trainer takes a few seconds; its job holds the answer. */
async function waitFor(project: number, job: number, signal: AbortSignal): Promise<Shown> {
  for (let look = 0; look < LOOKS; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const { state, result, error } = await unwrap(
      api.GET("/api/projects/{project}/jobs/{job}/", { params: { path: { project, job } }, signal }),
    );
    if (state === "failed" || state === "cancelled") throw new Error(error || "The name could not be read. Try again.");
    if (state === "done") return readResult(project, result);
  }
  throw new Error("Reading the name takes long: training runs first. The label can be saved meanwhile.");
}

function readResult(project: number, result: Schemas["Job"]["result"]): Shown {
  const concepts = Array.isArray(result["concepts"]) ? (result["concepts"] as [string, number][]) : [];
  const best = Array.isArray(result["best"]) ? (result["best"] as { image: number; score: number }[]) : [];
  return {
    concepts: concepts.map(([name, weight]) => ({ name, weight })),
    best: best.map(({ image, score }) => ({
      id: image,
      file_name: `picture ${image.toString()}`,
      thumbnail: `/media/${project.toString()}/${image.toString()}/thumbnail`,
      score,
    })),
  };
}
