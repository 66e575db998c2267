/** The events of the socket, and what each does to the query cache. */
import type { QueryClient } from "@tanstack/react-query";

import {
  jobsChanged,
  labelsChanged,
  membersChanged,
  picturesTold,
  projectChanged,
  projectEntryChanged,
  receiptTold,
  statesTold,
  versionsChanged,
} from "../api/cache";
import type { Job, Schemas, Value } from "../api/types";

/** What each kind carries, as the server's schema has it; tuples and the words of a job are said more closely here. */
export interface Payloads {
  mark: Omit<Schemas["MarkNews"], "cells"> & { cells: [image: number, label: number, value: Value, version: number][] };
  rows: Schemas["RowsNews"];
  receipt: Schemas["ReceiptNews"];
  job: Pick<Schemas["JobNews"], "job"> & Pick<Job, "kind" | "state" | "progress">;
  version: Schemas["VersionNews"];
  scores: Schemas["ScoresNews"];
  images: Schemas["ImagesNews"];
  labels: Schemas["LabelsNews"];
  project: Schemas["ProjectNews"];
  member: Schemas["MemberNews"];
  together: Schemas["TogetherNews"];
}

export interface LiveEvent {
  seq: number;
  kind: keyof Payloads;
  payload: Payloads[keyof Payloads];
  at: string;
}

type Takers = {
  [Kind in keyof Payloads]: (queries: QueryClient, project: number, payload: Payloads[Kind], at: string) => void;
};

const TAKERS: Takers = {
  mark: (queries, project, payload, at) =>
    statesTold(
      queries,
      project,
      payload.cells.map(([image, label, value, version]) => ({
        image,
        label,
        value,
        version,
        by: payload.by,
        at,
        source: null,
      })),
    ),
  // Written by a closing in parts; its job's end reads everything anew.
  rows: () => undefined,
  receipt: (queries, project, { kind, image, on }) =>
    receiptTold(queries, project, image, kind === "checked" ? { checked: on } : {}),
  job: (queries, project, { kind, state }) => {
    // While labels close, the marks of whole rows change untold; at its end every picture and page may show others.
    if (kind === "close" && state !== "queued" && state !== "running") void projectChanged(queries, project);
    jobsChanged(queries, project);
  },
  version: versionsChanged,
  scores: (queries, project) => void projectEntryChanged(queries, project),
  images: (queries, project, { changed }) => picturesTold(queries, project, changed),
  labels: (queries, project) => void labelsChanged(queries, project),
  // Also told instead of very many marks: every picture and page of the project may show others now.
  project: (queries, project) => void projectChanged(queries, project),
  // Of the moment: whoever has that picture open hears it; nothing is stored.
  together: () => undefined,
  member: (queries, project) => void membersChanged(queries, project),
};

/** Take one event into the cache. Kinds this page does not know are left alone. */
export function takeEvent(queries: QueryClient, project: number, event: LiveEvent): void {
  const take = TAKERS[event.kind] as ((q: QueryClient, p: number, payload: unknown, at: string) => void) | undefined;
  take?.(queries, project, event.payload, event.at);
}
