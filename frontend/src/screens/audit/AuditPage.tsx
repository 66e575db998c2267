/** Blind questions: one picture, one label, no suggestion and no other marks. Big targets, one key each; works by thumb. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys, useLabels } from "../../api/queries";
import type { Value } from "../../api/types";
import { Button } from "../../ui/Button";
import { Empty, Waiting } from "../../ui/Empty";
import { Shell } from "../../ui/Shell";
import { useThisProject } from "../ProjectFrame";
import { Asked } from "./Asked";
import type { Question } from "./Asked";

const AHEAD = 8;

export default function AuditPage() {
  const project = useThisProject();
  const labels = useLabels(project.id);
  const queue = useQuestions(project.id);
  const { current } = queue;
  const label = labels.data?.find((one) => one.id === current?.label);
  const base = `/projects/${project.id.toString()}`;
  return (
    <Shell fill trail={[{ text: project.name, to: base }, { text: "Blind questions" }]} tools={<span className="audit-count">{queue.answered > 0 && `${queue.answered.toString()} answered`}</span>}>
      {current && label ? (
        <Asked key={current.id} question={current} name={label.name} rule={label.rule} onAnswer={queue.answer} onSkip={queue.skip} error={queue.error} />
      ) : (
        <NoQuestion queue={queue} />
      )}
    </Shell>
  );
}

function useQuestions(project: number) {
  const queries = useQueryClient();
  const [answered, setAnswered] = useState<ReadonlySet<number>>(new Set());
  const [skipped, setSkipped] = useState<readonly number[]>([]);
  const key = [...keys.project(project), "audit-next"];
  const query = useQuery<Question[]>({
    queryKey: key,
    queryFn: () => unwrap(api.GET("/api/projects/{project}/audit/next/", { params: { path: { project }, query: { count: AHEAD } } })),
    staleTime: Infinity,
    refetchOnMount: "always",
  });
  const open = (query.data ?? []).filter((question) => !answered.has(question.id));
  // What was skipped comes back after the others.
  const current = open.find((question) => !skipped.includes(question.id)) ?? open.toSorted((one, other) => skipped.lastIndexOf(one.id) - skipped.lastIndexOf(other.id))[0] ?? null;
  const send = useMutation({
    mutationFn: ({ question, value }: { question: number; value: Value }) =>
      unwrap(api.POST("/api/projects/{project}/audit/{question}/", { params: { path: { project, question } }, body: { answer: value } })),
    onError: (_, { question }) => setAnswered((before) => new Set([...before].filter((id) => id !== question))),
    onSuccess: () => {
      if (open.length <= 2) void queries.invalidateQueries({ queryKey: key });
    },
  });
  const upcoming = open[1]?.image.preview;
  useEffect(() => {
    if (upcoming) new Image().src = upcoming;
  }, [upcoming]);
  return {
    query,
    current: query.isError && !query.data ? null : current,
    answered: answered.size,
    error: send.error,
    answer: (value: Value) => {
      if (!current) return;
      setAnswered((before) => new Set([...before, current.id]));
      send.mutate({ question: current.id, value });
    },
    skip: () => current && setSkipped((before) => [...before, current.id]),
  };
}

function NoQuestion({ queue }: { queue: ReturnType<typeof useQuestions> }) {
  const { query } = queue;
  if (query.isError) {
    return (
      <Empty title="The next question could not be read" tone="bad" action={<Button onPress={() => void query.refetch()}>Try again</Button>}>
        {sayError(query.error)}
      </Empty>
    );
  }
  if (query.isFetching || query.isPending) return <Waiting what="Drawing a question" />;
  return (
    <Empty title="No question just now" action={<Button onPress={() => void query.refetch()}>Ask again</Button>}>
      Questions are drawn from cells nobody has marked yet, once a model suggests. Every answer makes the figures on the models page more certain.
    </Empty>
  );
}
