/**
 * Gives the screens the outbox of the signed-in person. `useOutbox()` is its state (what waits, whether it is sending),
 * `useOutboxControls()` the outbox itself; to change cells use `useMarking(project)` from ./useMarking.
 */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState, useSyncExternalStore } from "react";
import type { ReactNode } from "react";

import { api } from "../api/client";
import { unwrap } from "../api/errors";
import { useSession } from "../api/session";
import type { Operation, OperationResult } from "../api/types";
import { useAnnounce } from "../ui/announce";
import { takeSettled } from "./answers";
import { noteOf } from "./notes";
import { Outbox } from "./outbox";
import type { OutboxState } from "./outbox";
import { OutboxStore } from "./store";

const OutboxContext = createContext<Outbox | null>(null);
const OPENING: OutboxState = { entries: [], sending: "opening", kept: true };
const nothing = () => () => undefined;

export function useOutboxControls(): Outbox | null {
  return use(OutboxContext);
}

export function useOutbox(): OutboxState {
  const outbox = use(OutboxContext);
  return useSyncExternalStore(outbox?.subscribe ?? nothing, outbox?.snapshot ?? (() => OPENING));
}

async function send(project: number, operations: Operation[]): Promise<OperationResult[]> {
  const answer = await unwrap(
    api.POST("/api/projects/{project}/sync/", { params: { path: { project } }, body: { operations } }),
  );
  return answer.results;
}

export function OutboxProvider({ person, children }: { person: number; children: ReactNode }) {
  const queries = useQueryClient();
  const { reportExpired, expired } = useSession();
  const announce = useAnnounce();
  const [outbox, setOutbox] = useState<Outbox | null>(null);

  useEffect(() => {
    let gone = false;
    let made: Outbox | null = null;
    const channel = new BroadcastChannel(`tern-outbox-${person.toString()}`);
    void OutboxStore.open().then(async (store) => {
      if (gone) return;
      made = new Outbox({
        store,
        person,
        send,
        channel,
        locks: "locks" in navigator ? navigator.locks : undefined,
        onSettled: (project, settled) => {
          takeSettled(queries, project, settled);
          for (const one of settled) {
            const note = noteOf(one);
            if (note) announce(note.text, { show: true, tone: note.isBad ? "bad" : "plain" });
          }
        },
        onSignedOut: reportExpired,
      });
      await made.open();
      setOutbox(made);
    });
    return () => {
      gone = true;
      void made?.close();
      channel.close();
    };
  }, [person, queries, reportExpired, announce]);

  useEffect(() => {
    if (!outbox || expired) return;
    outbox.wake();
    window.addEventListener("online", outbox.wake);
    return () => window.removeEventListener("online", outbox.wake);
  }, [outbox, expired]);

  return <OutboxContext value={outbox}>{children}</OutboxContext>;
}
