/** Closing one label or all of them: the statement, read anew whenever somebody is about to agree to it, and the act. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";

import { api } from "../../api/client";
import { Refused, sayError, Unreachable, unwrap } from "../../api/errors";
import { keys, useClosingStatement } from "../../api/queries";
import type { ClosingStatement } from "../../api/types";
import { useLiveEvent, useLiveState } from "../../live/useLive";
import { newId } from "../../sync/newId";
import { useOutbox, useOutboxControls } from "../../sync/OutboxProvider";
import { useAnnounce } from "../../ui/announce";

interface Options {
  project: number;
  /** The label to close; null for all of them. */
  label: number | null;
  /** What is closed, in words. */
  what: string;
  /** Whether the person's role may; closing all is for leads. */
  may: boolean;
  /** Whether the statement is kept at hand; otherwise it is read when somebody asks for it. */
  ahead: boolean;
  onClosed: () => void;
}

const AGAIN_MS = 2_000;
const AWAY =
  "Closing needs the server, which does not answer just now. Nothing was closed. What you said on pages is kept on this device, and the number comes here when the server is back.";
const UNANSWERED =
  "The server did not answer, so it is not known whether this was written. Choose again when it is back: nothing is written twice.";

export function useClosing({ project, label, what, may, ahead, onClosed }: Options) {
  const statement = useClosingStatement(project, label, may && ahead);
  const queries = useQueryClient();
  const outbox = useOutboxControls();
  const isLive = useLiveState();
  const { entries, sending } = useOutbox();
  const isSaving = entries.some((entry) => entry.project === project && entry.state === "waiting");
  const announce = useAnnounce();
  const [isOpen, setOpen] = useState(false);
  // The number of last time must not stand there for the moment until the query says that it is being read anew.
  const [isAsking, setAsking] = useState(false);
  const [isAway, setAway] = useState(false);
  const [isWriting, setWriting] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [operation, setOperation] = useState("");
  const { refetch } = statement;
  const isRead = may && (ahead || isOpen);
  useLiveEvent("scores", () => isRead && void refetch());
  useLiveEvent("version", ({ live }) => isRead && live && void refetch());

  const open = () => {
    if (!may) return announce("Only a lead closes all labels at once.", { show: true });
    setTrouble("");
    setOperation(newId());
    setAsking(true);
    setAway(false);
    setOpen(true);
  };
  const read = useCallback(
    () =>
      void refetch().then(({ error }) => {
        setAsking(false);
        setAway(error instanceof Unreachable);
      }),
    [refetch],
  );
  // Read when it opens, and anew when the last mark has been sent and when the server is back.
  useEffect(() => {
    if (isOpen && !isSaving) read();
  }, [isOpen, isSaving, isLive, read]);
  useEffect(() => {
    if (!isOpen || !isAway) return;
    const again = setInterval(read, AGAIN_MS);
    return () => clearInterval(again);
  }, [isOpen, isAway, read]);

  const agree = async (told: ClosingStatement) => {
    setWriting(true);
    setTrouble("");
    try {
      const done = await close(project, label, { operation, stamp: told.stamp });
      await outbox?.remember(project, operation, `closing ${what}`);
      setOpen(false);
      announce(
        `Closing ${what}${done.job === null ? "" : ", you can go on meanwhile"}: ${done.text}. U takes it back.`,
        { show: true },
      );
      await queries.invalidateQueries({ queryKey: keys.project(project) });
      onClosed();
    } catch (error) {
      setTrouble(error instanceof Unreachable ? UNANSWERED : sayError(error));
      // It may have been written all the same: then U must know of it.
      if (error instanceof Unreachable)
        await outbox?.remember(project, operation, `closing ${what}, which the server has not confirmed`);
      // When only the answer was lost, agreeing again under the same id gets it and writes nothing twice.
      if (error instanceof Refused) {
        setOperation(newId());
        await refetch();
      }
    } finally {
      setWriting(false);
    }
  };

  const refusal =
    isAway || (isSaving && sending === "offline") ? AWAY : statement.error ? sayError(statement.error) : "";
  const isReading = refusal === "" && (isAsking || statement.isFetching || isSaving);
  return {
    told: statement.data,
    what,
    refusal,
    isReading,
    isSaving,
    isOpen,
    isWriting,
    trouble,
    open,
    shut: () => setOpen(false),
    agree,
  };
}

/** Agree to a statement: the same act for one label and for all. */
function close(project: number, label: number | null, body: { operation: string; stamp: ClosingStatement["stamp"] }) {
  if (label === null)
    return unwrap(api.POST("/api/projects/{project}/labelview/close/", { params: { path: { project } }, body }));
  return unwrap(
    api.POST("/api/projects/{project}/labelview/{label}/close/", { params: { path: { project, label } }, body }),
  );
}

export type Closing = ReturnType<typeof useClosing>;
