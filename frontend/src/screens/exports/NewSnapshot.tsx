/** What a new snapshot shall hold: formats, each with what it has no word for, and which part of the project. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Schemas } from "../../api/types";
import { Button } from "../../ui/Button";
import { Select, Switch, Ticks } from "../../ui/Choice";
import { Waiting } from "../../ui/Empty";
import { EVERY_SOURCE, PARTS, SHARES, SOURCES, choiceOf, extrasOf } from "./choices";
import type { Extra, Format, FormatShape, Parts, Source } from "./choices";

export function NewSnapshot({ project, onMade }: { project: number; onMade: () => void }) {
  const formats = useQuery<FormatShape[]>({
    queryKey: [...keys.snapshots(project), "formats"],
    queryFn: () => unwrap(api.GET("/api/projects/{project}/snapshots/formats/", { params: { path: { project } } })),
    staleTime: Infinity,
  });
  return (
    <section className="part" aria-label="New snapshot">
      {formats.isPending && <Waiting what="Reading the formats" />}
      {formats.isError && <p className="field-error">{sayError(formats.error)}</p>}
      {formats.data && <Choices project={project} known={formats.data} onMade={onMade} />}
    </section>
  );
}

interface ChoicesProps {
  project: number;
  known: readonly FormatShape[];
  onMade: () => void;
}

function Choices({ project, known, onMade }: ChoicesProps) {
  const standard = known.filter((format) => format.standard);
  const others = known.filter((format) => !format.standard);
  const [usual, setUsual] = useState<Format[]>(standard.map((format) => format.name));
  const [more, setMore] = useState<Format[]>([]);
  const [query, setQuery] = useState<Wanted>(EVERYTHING);
  const chosen = [...usual, ...more];
  const make = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/projects/{project}/snapshots/", {
          params: { path: { project } },
          body: { formats: chosen, query: asked(query) },
        }),
      ),
    onSuccess: onMade,
  });
  return (
    <>
      <Ticks<Format> label="Formats" values={usual} options={standard.map(choiceOf)} onChange={setUsual} />
      <details className="exports-more">
        <summary>More formats{more.length > 0 && `: ${more.length.toString()} chosen`}</summary>
        <Ticks<Format> label="For other tools" values={more} options={others.map(choiceOf)} onChange={setMore} />
      </details>
      <WhichPart
        query={query}
        extras={extrasOf(known.filter(({ name }) => chosen.includes(name)))}
        onChange={setQuery}
      />
      {make.isError && (
        <p className="field-error" role="alert">
          {sayError(make.error)}
        </p>
      )}
      <div className="form-end">
        <Button
          kind="main"
          isDisabled={make.isPending || chosen.length === 0 || query.sources.length === 0}
          onPress={() => make.mutate()}
        >
          Make a snapshot
        </Button>
      </div>
    </>
  );
}

interface Wanted {
  sources: Source[];
  flagged: boolean;
  onlyKnown: boolean;
  parts: Parts;
  extras: Extra[];
}

const EVERYTHING: Wanted = { sources: EVERY_SOURCE, flagged: false, onlyKnown: false, parts: "none", extras: [] };

/** The query as the server reads it: what asks for everything is left out. */
function asked(wanted: Wanted): Schemas["SnapshotQueryRequest"] {
  return {
    ...(wanted.sources.length < EVERY_SOURCE.length ? { sources: wanted.sources } : {}),
    ...(wanted.parts === "none" ? {} : { split: SHARES[wanted.parts] }),
    ...(wanted.extras.length > 0 ? { extras: wanted.extras } : {}),
    include_flagged: wanted.flagged,
    only_known: wanted.onlyKnown,
  };
}

interface PartProps {
  query: Wanted;
  /** What the chosen formats can tell besides. */
  extras: readonly { value: Extra; text: string }[];
  onChange: (to: Wanted) => void;
}

function WhichPart({ query, extras, onChange }: PartProps) {
  const { sources } = query;
  return (
    <>
      <details className="exports-more">
        <summary>
          Which marks:{" "}
          {sources.length === EVERY_SOURCE.length
            ? "all"
            : `${sources.length.toString()} of ${EVERY_SOURCE.length.toString()} kinds`}
        </summary>
        <Ticks<Source>
          label="Marks that came from"
          values={sources}
          options={SOURCES}
          onChange={(to) => onChange({ ...query, sources: to })}
        />
      </details>
      {extras.length > 0 && (
        <details className="exports-more">
          <summary>Told besides: {query.extras.length === 0 ? "nothing" : query.extras.length.toString()}</summary>
          <Ticks<Extra>
            label="Columns besides, where a format has a place for them"
            values={query.extras}
            options={extras}
            onChange={(to) => onChange({ ...query, extras: to })}
          />
        </details>
      )}
      <Select<Parts>
        kind="stacked"
        label="Parts for training and testing"
        value={query.parts}
        options={PARTS}
        onChange={(parts) => onChange({ ...query, parts })}
      />
      <Switch
        isOn={query.onlyKnown}
        onChange={(onlyKnown) => onChange({ ...query, onlyKnown })}
        help="Pictures of which nothing is known are left out."
      >
        Only pictures with a mark
      </Switch>
      <Switch
        isOn={query.flagged}
        onChange={(flagged) => onChange({ ...query, flagged })}
        help="Pictures set aside with a reason are left out otherwise."
      >
        Flagged pictures too
      </Switch>
    </>
  );
}
