/**
 * Mixes blind questions into the queue: at most one in EVERY pictures, and only while the project's audit share calls for
 * some. A question is fetched ahead and shown where the picture changes, never over a picture somebody has begun.
 */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Value } from "../../api/types";
import type { Question } from "./Asked";

const EVERY = 5;
const AHEAD = 2;

interface Turn {
  image: number | null;
  round: number;
  left: number;
  asked: Question | null;
}

export interface BlindTurn {
  /** The question to ask now; null when it is the picture's turn. */
  question: Question | null;
  error: Error | null;
  answer: (value: Value) => void;
  skip: () => void;
}

export function useBlindTurn(project: number, image: number | null): BlindTurn {
  const [turn, setTurn] = useState<Turn>({ image, round: 0, left: EVERY, asked: null });
  const due = useQuery<Question[]>({
    queryKey: [...keys.project(project), "audit-due", turn.round],
    queryFn: () => unwrap(api.GET("/api/projects/{project}/audit/next/", { params: { path: { project }, query: { count: 1, due: true } } })),
    enabled: turn.left <= AHEAD,
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const ready = due.data?.[0] ?? null;
  if (image !== null && image !== turn.image) {
    setTurn(turn.left > 1 ? { ...turn, image, left: turn.left - 1 } : { image, round: turn.round + 1, left: EVERY, asked: ready });
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
