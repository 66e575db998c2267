/**
 * Mixes blind questions into other work: at most one in `every` pictures (or pages), and only while the project's audit
 * share calls for some. A question is fetched ahead and shown where the scene changes, never over one somebody has begun.
 */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Value } from "../../api/types";
import { useOutboxControls } from "../../sync/OutboxProvider";
import type { Question } from "./Asked";
import { useSayBlind } from "./useSayBlind";

const AHEAD = 2;

type Scene = number | string;

interface Turn {
  scene: Scene | null;
  round: number;
  left: number;
  asked: Question | null;
  /** An undo leads to its picture or page: what comes up then is no step of the work, and nothing is asked. */
  jumps: boolean;
}

export interface BlindTurn {
  /** The question to ask now; null when it is the other work's turn. */
  question: Question | null;
  answer: (value: Value) => void;
  skip: () => void;
}

export function useBlindTurn(project: number, scene: Scene | null, every: number): BlindTurn {
  const [turn, setTurn] = useState<Turn>({ scene, round: 0, left: every, asked: null, jumps: false });
  const blind = useSayBlind(project);
  const outbox = useOutboxControls();
  const due = useQuery<Question[]>({
    queryKey: [...keys.project(project), "audit-due", turn.round],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/audit/next/", {
          params: { path: { project }, query: { count: 1, due: true } },
        }),
      ),
    enabled: turn.left <= AHEAD,
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const ready = due.data?.find((question) => !blind.waiting.has(question.id)) ?? null;
  if (scene !== null && scene !== turn.scene) {
    if (turn.jumps) setTurn({ ...turn, scene, jumps: false });
    else
      setTurn(
        turn.left > 1
          ? { ...turn, scene, left: turn.left - 1 }
          : { ...turn, scene, round: turn.round + 1, left: every, asked: ready },
      );
  }
  const preview = ready?.image.preview;
  useEffect(() => {
    if (preview) new Image().src = preview;
  }, [preview]);

  // A blind answer that is taken back shows its question again; any other act that is taken back shows what it was of.
  useEffect(
    () =>
      outbox?.onTurn((act, back) => {
        if (act.project === project)
          setTurn((before) => ({ ...before, asked: back && act.question ? act.question : null, jumps: !act.question }));
      }),
    [outbox, project],
  );

  const done = () => setTurn((before) => ({ ...before, asked: null }));
  return {
    question: turn.asked,
    answer: (value) => {
      if (turn.asked) blind.say(turn.asked, value);
      done();
    },
    skip: done,
  };
}
