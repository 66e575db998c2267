/** Closing one label or all of them: the statement, read anew whenever somebody is about to agree to it, and the act. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";

import { projectChanged } from "../../api/cache";
import { api } from "../../api/client";
import { Refused, sayError, Unreachable, unwrap } from "../../api/errors";
import { useClosingStatement } from "../../api/queries";
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

export function useClosing(options: Options) {
  const { project, label, what, may, ahead } = options;
  const statement = useClosingStatement(project, label, may && ahead);
  const { entries, sending } = useOutbox();
  const isSaving = entries.some((entry) => entry.project === project && entry.state === "waiting");
  const announce = useAnnounce();
  const [isOpen, setOpen] = useState(false);
  const { refetch } = statement;
  const isRead = may && (ahead || isOpen);
  useLiveEvent("scores", () => isRead && void refetch());
  useLiveEvent("version", ({ live }) => isRead && live && void refetch());
  const reading = useReading(refetch, isOpen, isSaving);
  const agreement = useAgreement(options, refetch, () => setOpen(false));

  const open = () => {
    if (!may) return announce("Only a lead closes all labels at once.", { show: true });
    agreement.begin();
    reading.begin();
    setOpen(true);
  };
  const { isAsking, isAway } = reading;
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
    isWriting: agreement.isWriting,
    trouble: agreement.trouble,
    open,
    shut: () => setOpen(false),
    agree: agreement.agree,
  };
}

type Refetch = ReturnType<typeof useClosingStatement>["refetch"];

/** Reads the statement when the dialog opens, anew when the last mark has been sent and when the server is back. */
function useReading(refetch: Refetch, isOpen: boolean, isSaving: boolean) {
  const isLive = useLiveState();
  // The number of last time must not stand there for the moment until the query says that it is being read anew.
  const [isAsking, setAsking] = useState(false);
  const [isAway, setAway] = useState(false);
  const read = useCallback(
    () =>
      void refetch().then(({ error }) => {
        setAsking(false);
        setAway(error instanceof Unreachable);
      }),
    [refetch],
  );
  useEffect(() => {
    if (isOpen && !isSaving) read();
  }, [isOpen, isSaving, isLive, read]);
  useEffect(() => {
    if (!isOpen || !isAway) return;
    const again = setInterval(read, AGAIN_MS);
    return () => clearInterval(again);
  }, [isOpen, isAway, read]);
  const begin = () => {
    setAsking(true);
    setAway(false);
  };
  return { isAsking, isAway, begin };
}

/** The act itself, under one id until it is known to have been refused. */
function useAgreement({ project, label, what, onClosed }: Options, refetch: Refetch, shut: () => void) {
  const queries = useQueryClient();
  const outbox = useOutboxControls();
  const announce = useAnnounce();
  const [isWriting, setWriting] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [operation, setOperation] = useState("");
  const begin = () => {
    setTrouble("");
    setOperation(newId());
  };
  const agree = async (told: ClosingStatement) => {
    setWriting(true);
    setTrouble("");
    try {
      const done = await close(project, label, { operation, stamp: told.stamp });
      await outbox?.remember(project, operation, `closing ${what}`);
      shut();
      announce(
        `Closing ${what}${done.job === null ? "" : ", you can go on meanwhile"}: ${done.text}. U takes it back.`,
        { show: true },
      );
      await projectChanged(queries, project);
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
  return { isWriting, trouble, begin, agree };
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
