/** Blind questions: one picture, one label, no suggestion and no other marks. Big targets, one key each; works by thumb. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { questionsRunLow } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys, useLabels } from "../../api/queries";
import type { Value } from "../../api/types";
import { useThisProject } from "../../frame/ProjectFrame";
import { Shell } from "../../frame/Shell";
import { useKeys } from "../../keys/useKeys";
import { Asked } from "../../parts/blind/Asked";
import type { Question } from "../../parts/blind/Asked";
import { useSayBlind } from "../../parts/blind/useSayBlind";
import { useOutboxControls } from "../../sync/OutboxProvider";
import { useMarking } from "../../sync/useMarking";
import { Button } from "../../ui/Button";
import { Empty, Waiting } from "../../ui/Empty";

const AHEAD = 8;

export default function AuditPage() {
  const project = useThisProject();
  const labels = useLabels(project.id);
  const queue = useQuestions(project.id);
  const marking = useMarking(project.id);
  const { current } = queue;
  const label = labels.data?.find((one) => one.id === current?.label);
  const base = `/projects/${project.id.toString()}`;
  return (
    <Shell
      fill
      trail={[{ text: project.name, to: base }, { text: "Blind questions" }]}
      tools={<span className="audit-count">{queue.answered > 0 && `${queue.answered.toString()} answered`}</span>}
    >
      {current && label ? (
        <Asked
          key={current.id}
          question={current}
          name={label.name}
          rule={label.rule}
          onAnswer={queue.answer}
          onSkip={queue.skip}
          onUndo={() => void marking.undo()}
          onRedo={() => void marking.redo()}
        />
      ) : (
        <NoQuestion queue={queue} onUndo={() => void marking.undo()} onRedo={() => void marking.redo()} />
      )}
    </Shell>
  );
}

function useQuestions(project: number) {
  const queries = useQueryClient();
  const blind = useSayBlind(project);
  const outbox = useOutboxControls();
  const [answered, setAnswered] = useState<ReadonlySet<number>>(new Set());
  const [skipped, setSkipped] = useState<readonly number[]>([]);
  const [reopened, setReopened] = useState<Question | null>(null);
  const query = useQuery<Question[]>({
    queryKey: keys.auditNext(project),
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/audit/next/", { params: { path: { project }, query: { count: AHEAD } } }),
      ),
    staleTime: Infinity,
    refetchOnMount: "always",
  });
  const open = (query.data ?? []).filter((question) => !answered.has(question.id) && !blind.waiting.has(question.id));
  // What was skipped comes back after the others.
  const fresh =
    open.find((question) => !skipped.includes(question.id)) ??
    open.toSorted((one, other) => skipped.lastIndexOf(one.id) - skipped.lastIndexOf(other.id))[0] ??
    null;
  const current = reopened ?? fresh;
  // The server can only draw the next ones once it has the answers to these.
  const isLow = open.length <= 2 && answered.size > 0 && blind.waiting.size === 0;
  useEffect(() => {
    if (isLow) void questionsRunLow(queries, project);
  }, [isLow, queries, project]);
  useEffect(
    () =>
      outbox?.onTurn(({ project: of, question }, back) => {
        if (of !== project || !question) return;
        setReopened(back ? question : null);
        setAnswered((before) =>
          back ? new Set([...before].filter((id) => id !== question.id)) : new Set([...before, question.id]),
        );
      }),
    [outbox, project],
  );
  const upcoming = open[1]?.image.preview;
  useEffect(() => {
    if (upcoming) new Image().src = upcoming;
  }, [upcoming]);
  return {
    query,
    current: query.isError && !query.data ? reopened : current,
    answered: answered.size,
    answer: (value: Value) => {
      if (!current) return;
      setAnswered((before) => new Set([...before, current.id]));
      setReopened(null);
      blind.say(current, value);
    },
    skip: () => {
      if (current) setSkipped((before) => [...before, current.id]);
      setReopened(null);
    },
  };
}

interface NoQuestionProps {
  queue: ReturnType<typeof useQuestions>;
  onUndo: () => void;
  onRedo: () => void;
}

function NoQuestion({ queue, onUndo, onRedo }: NoQuestionProps) {
  const { query } = queue;
  useKeys("question", { undo: onUndo, redo: onRedo });
  if (query.isError) {
    return (
      <Empty
        title="The next question could not be read"
        tone="bad"
        action={<Button onPress={() => void query.refetch()}>Try again</Button>}
      >
        {sayError(query.error)}
      </Empty>
    );
  }
  if (query.isFetching || query.isPending) return <Waiting what="Drawing a question" />;
  return (
    <Empty title="No question just now" action={<Button onPress={() => void query.refetch()}>Ask again</Button>}>
      Questions are drawn from cells nobody has marked yet, once a model suggests. Every answer makes the figures on the
      models page more certain.
    </Empty>
  );
}
