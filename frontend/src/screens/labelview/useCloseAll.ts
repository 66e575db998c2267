/** Closing all labels: the statement, read anew whenever somebody is about to agree to it, and the act. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api/client";
import { Refused, sayError, unwrap } from "../../api/errors";
import { keys, useClosingStatement } from "../../api/queries";
import type { ClosingStatement } from "../../api/types";
import { useLiveEvent } from "../../live/useLive";
import { useOutbox, useOutboxControls } from "../../sync/OutboxProvider";
import { useAnnounce } from "../../ui/announce";

export function useCloseAll(project: number, onClosed: () => void) {
  const statement = useClosingStatement(project);
  const queries = useQueryClient();
  const outbox = useOutboxControls();
  const isSaving = useOutbox().entries.some((entry) => entry.project === project && entry.state === "waiting");
  const announce = useAnnounce();
  const [isOpen, setOpen] = useState(false);
  const [isWriting, setWriting] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [operation, setOperation] = useState("");
  const { refetch } = statement;
  useLiveEvent("scores", () => void refetch());
  useLiveEvent("version", ({ live }) => live && void refetch());

  const open = () => {
    setTrouble("");
    setOperation(crypto.randomUUID());
    setOpen(true);
    void refetch();
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
      announce(`All labels closed: ${done.text}. U takes it back.`, { show: true });
      await queries.invalidateQueries({ queryKey: keys.project(project) });
      onClosed();
    } catch (error) {
      setTrouble(sayError(error));
      // When only the answer was lost, agreeing again under the same id gets it and writes nothing twice.
      if (error instanceof Refused) {
        setOperation(crypto.randomUUID());
        await refetch();
      }
    } finally {
      setWriting(false);
    }
  };

  return { told: statement.data, error: statement.error, isReading: statement.isFetching || isSaving, isOpen, isWriting, trouble, open, shut: () => setOpen(false), agree };
}

export type CloseAll = ReturnType<typeof useCloseAll>;
