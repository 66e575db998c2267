/** Closing all labels: the statement, read anew whenever somebody is about to agree to it, and the act. */
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

export function useCloseAll(project: number, mayClose: boolean, onClosed: () => void) {
  const statement = useClosingStatement(project, mayClose);
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
  useLiveEvent("scores", () => mayClose && void refetch());
  useLiveEvent("version", ({ live }) => mayClose && live && void refetch());

  const open = () => {
    if (!mayClose) return announce("Only a lead closes all labels at once.", { show: true });
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
      const done = await unwrap(
        api.POST("/api/projects/{project}/labelview/close/", { params: { path: { project } }, body: { operation, stamp: told.stamp } }),
      );
      await outbox?.remember(project, operation, "closing all labels");
      setOpen(false);
      announce(`${done.job === null ? "All labels closed" : "All labels are being closed, you can go on meanwhile"}: ${done.text}. U takes it back.`, { show: true });
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

  return { told: statement.data, error: statement.error, isReading: isAsking || statement.isFetching || isSaving, isOpen, isWriting, trouble, open, shut: () => setOpen(false), agree };
}

export type CloseAll = ReturnType<typeof useCloseAll>;
