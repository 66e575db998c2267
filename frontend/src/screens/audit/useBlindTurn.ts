/**
 * Mixes blind questions into other work: at most one in `every` pictures (or pages), and only while the project's audit
 * share calls for some. A question is fetched ahead and shown where the scene changes, never over one somebody has begun.
 */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Value } from "../../api/types";
import type { Question } from "./Asked";

const AHEAD = 2;

type Scene = number | string;

interface Turn {
  scene: Scene | null;
  round: number;
  left: number;
  asked: Question | null;
}

export interface BlindTurn {
  /** The question to ask now; null when it is the other work's turn. */
  question: Question | null;
  error: Error | null;
  answer: (value: Value) => void;
  skip: () => void;
}

export function useBlindTurn(project: number, scene: Scene | null, every: number): BlindTurn {
  const [turn, setTurn] = useState<Turn>({ scene, round: 0, left: every, asked: null });
  const due = useQuery<Question[]>({
    queryKey: [...keys.project(project), "audit-due", turn.round],
    queryFn: () => unwrap(api.GET("/api/projects/{project}/audit/next/", { params: { path: { project }, query: { count: 1, due: true } } })),
    enabled: turn.left <= AHEAD,
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const ready = due.data?.[0] ?? null;
  if (scene !== null && scene !== turn.scene) {
    setTurn(turn.left > 1 ? { ...turn, scene, left: turn.left - 1 } : { scene, round: turn.round + 1, left: every, asked: ready });
  }
  const preview = ready?.image.preview;
  useEffect(() => {
    if (preview) new Image().src = preview;
  }, [preview]);

  const done = () => setTurn((before) => ({ ...before, asked: null }));
  const send = useMutation({
    mutationFn: ({ question, value }: { question: number; value: Value }) =>
      unwrap(api.POST("/api/projects/{project}/audit/{question}/", { params: { path: { project, question } }, body: { answer: value } })),
    onSuccess: done,
  });
  return {
    question: turn.asked,
    error: send.error,
    answer: (value) => {
      if (turn.asked && !send.isPending) send.mutate({ question: turn.asked.id, value });
    },
    skip: () => {
      send.reset();
      done();
    },
  };
}
