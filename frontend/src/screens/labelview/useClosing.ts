/** Closing one label or all of them: the statement, read anew whenever somebody is about to agree to it, and the act. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api/client";
import { Refused, sayError, unwrap } from "../../api/errors";
import { keys, useClosingStatement } from "../../api/queries";
import type { ClosingStatement } from "../../api/types";
import { useLiveEvent } from "../../live/useLive";
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

export function useClosing({ project, label, what, may, ahead, onClosed }: Options) {
  const statement = useClosingStatement(project, label, may && ahead);
  const queries = useQueryClient();
  const outbox = useOutboxControls();
  const isSaving = useOutbox().entries.some((entry) => entry.project === project && entry.state === "waiting");
  const announce = useAnnounce();
  const [isOpen, setOpen] = useState(false);
  // The number of last time must not stand there for the moment until the query says that it is being read anew.
  const [isAsking, setAsking] = useState(false);
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
    setOpen(true);
    setAsking(true);
    void refetch().finally(() => setAsking(false));
  };

  const agree = async (told: ClosingStatement) => {
    setWriting(true);
    setTrouble("");
    try {
      const done = await close(project, label, { operation, stamp: told.stamp });
      await outbox?.remember(project, operation, `closing ${what}`);
      setOpen(false);
      announce(`Closing ${what}${done.job === null ? "" : ", you can go on meanwhile"}: ${done.text}. U takes it back.`, { show: true });
      await queries.invalidateQueries({ queryKey: keys.project(project) });
      onClosed();
    } catch (error) {
      setTrouble(sayError(error));
      // When only the answer was lost, agreeing again under the same id gets it and writes nothing twice.
      if (error instanceof Refused) {
        setOperation(newId());
        await refetch();
      }
    } finally {
      setWriting(false);
    }
  };

  return { told: statement.data, what, error: statement.error, isReading: isAsking || statement.isFetching || isSaving, isOpen, isWriting, trouble, open, shut: () => setOpen(false), agree };
}

/** Agree to a statement: the same act for one label and for all. */
function close(project: number, label: number | null, body: { operation: string; stamp: ClosingStatement["stamp"] }) {
  if (label === null) return unwrap(api.POST("/api/projects/{project}/labelview/close/", { params: { path: { project } }, body }));
  return unwrap(api.POST("/api/projects/{project}/labelview/{label}/close/", { params: { path: { project, label } }, body }));
}

export type Closing = ReturnType<typeof useClosing>;
