/** Answering a blind question: kept and sent by the outbox like every act, told in words, and taken back like every act. */
import { useCallback } from "react";

import { useLabels } from "../../api/queries";
import type { Value } from "../../api/types";
import { useOutbox } from "../../sync/OutboxProvider";
import { useMarking } from "../../sync/useMarking";
import { useAnnounce } from "../../ui/announce";
import type { Question } from "./Asked";

const SAID: Readonly<Record<Value, string>> = { 1: "is in", [-1]: "is not in", 0: "cannot be told in" };

export interface SayBlind {
  say: (question: Question, value: Value) => void;
  /** Questions whose answers the server does not have yet: it would ask them again. */
  waiting: ReadonlySet<number>;
}

export function useSayBlind(project: number): SayBlind {
  const marking = useMarking(project);
  const labels = useLabels(project).data;
  const announce = useAnnounce();
  const { entries } = useOutbox();
  const waiting = new Set(
    entries.flatMap(({ state, operation }) =>
      state === "waiting" && operation.kind === "blind" && operation.question != null ? [operation.question] : [],
    ),
  );
  const say = useCallback(
    (question: Question, value: Value) => {
      const name = labels?.find((label) => label.id === question.label)?.name ?? "The label";
      const words = `${name} ${SAID[value]} ${question.image.file_name}`;
      marking.blind(question, value, `${words}, said blind`);
      announce(`You said: ${words}. U takes it back.`, { show: true });
    },
    [marking, labels, announce],
  );
  return { say, waiting };
}
