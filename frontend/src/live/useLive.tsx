/**
 * Live news of a project. `<LiveProject project={3}>` holds the socket and keeps the query cache in step;
 * `useLiveEvent("version", (payload) => …)` hears single events, `useLiveState()` whether the socket is open.
 *
 * Nothing is missed: after a break the socket asks for everything after the last number it has seen.
 */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";

import { countsChanged, projectEntryChanged } from "../api/cache";
import { useOutboxControls } from "../sync/OutboxProvider";
import { takeEvent } from "./events";
import type { LiveEvent, Payloads } from "./events";
import { LiveSocket } from "./socket";

const COUNT_AFTER = 3_000;

type Hear = (event: LiveEvent) => void;

interface Live {
  open: boolean;
  subscribe: (hear: Hear) => () => void;
}

const LiveContext = createContext<Live>({ open: false, subscribe: () => () => undefined });

export function useLiveState(): boolean {
  return use(LiveContext).open;
}

export function useLiveEvent<Kind extends keyof Payloads>(kind: Kind, handle: (payload: Payloads[Kind]) => void): void {
  const { subscribe } = use(LiveContext);
  const latest = useRef(handle);
  useEffect(() => {
    latest.current = handle;
  });
  useEffect(
    () =>
      subscribe((event) => {
        if (event.kind === kind) latest.current(event.payload as Payloads[Kind]);
      }),
    [subscribe, kind],
  );
}

interface Props {
  project: number;
  /** Where to start: the project's `event_seq` at the time its data was read. */
  since: number;
  children: ReactNode;
}

export function LiveProject({ project, since, children }: Props) {
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [hearers] = useState(() => new Set<Hear>());
  const start = useRef(since);
  const outbox = useOutboxControls();
  const wake = useRef(outbox?.wake);
  useEffect(() => {
    wake.current = outbox?.wake;
  });

  useEffect(() => {
    const socket = new LiveSocket({
      url: (seq) =>
        `${location.origin.replace(/^http/, "ws")}/ws/projects/${project.toString()}/?since=${seq.toString()}`,
      since: start.current,
      onOpen: (isOpen) => {
        setOpen(isOpen);
        // The server is back, whatever the outbox's own clock says.
        if (isOpen) wake.current?.();
      },
      onForbidden: () => void projectEntryChanged(queries, project),
      onEvent: (event) => {
        start.current = event.seq;
        takeEvent(queries, project, event);
        hearers.forEach((hear) => hear(event));
        if (event.kind === "mark") count();
      },
    });
    let counting: ReturnType<typeof setTimeout> | undefined;
    // Counts follow marks, but a burst of marks asks for them once.
    const count = () => {
      counting ??= setTimeout(() => {
        counting = undefined;
        void countsChanged(queries, project);
      }, COUNT_AFTER);
    };
    socket.start();
    return () => {
      clearTimeout(counting);
      socket.stop();
    };
  }, [project, queries, hearers]);

  const live = useMemo<Live>(
    () => ({
      open,
      subscribe: (hear) => {
        hearers.add(hear);
        return () => hearers.delete(hear);
      },
    }),
    [open, hearers],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}
