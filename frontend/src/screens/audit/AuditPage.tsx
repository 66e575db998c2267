/** Blind questions: one picture, one label, no suggestion and no other marks. Big targets, one key each; works by thumb. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys, useLabels } from "../../api/queries";
import type { Schemas, Value } from "../../api/types";
import { chordsById } from "../../keys/bindings";
import { printed } from "../../keys/chord";
import { useKeyPreferences, useKeys } from "../../keys/useKeys";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { Empty, Waiting } from "../../ui/Empty";
import { StateGlyph } from "../../ui/State";
import type { MarkState } from "../../ui/State";
import { Shell } from "../../ui/Shell";
import { useThisProject } from "../ProjectFrame";
import "./audit.css";

type Question = Schemas["Question"];

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

interface AskedProps {
  question: Question;
  name: string;
  rule: string;
  error: Error | null;
  onAnswer: (value: Value) => void;
  onSkip: () => void;
}

function Asked({ question, name, rule, error, onAnswer, onSkip }: AskedProps) {
  const [preferences] = useKeyPreferences();
  const announce = useAnnounce();
  const { image } = question;
  const handlers = useMemo(
    () => ({ "answer-yes": () => onAnswer(1), "answer-no": () => onAnswer(-1), "answer-unsure": () => onAnswer(0), "answer-skip": onSkip }),
    [onAnswer, onSkip],
  );
  useKeys("question", handlers);
  useEffect(() => {
    announce(`Is ${name} in this picture?`);
  }, [announce, name]);
  const hint = (id: string) => printed(chordsById(id, preferences)[0] ?? "");
  return (
    <section className="audit" aria-label="Blind question">
      <div className="audit-stage">
        <img src={image.preview} alt={image.file_name} width={image.width} height={image.height} />
      </div>
      <div className="audit-ask">
        <h1>
          Is <em>{name}</em> in this picture?
        </h1>
        <p className="audit-rule">{rule || "No rule is written for this label yet."}</p>
        {error && (
          <p className="field-error" role="alert">
            {sayError(error)}
          </p>
        )}
        <div className="audit-answers">
          <Answer state="absent" text="No" hint={hint("answer-no")} onPress={() => onAnswer(-1)} />
          <Answer state="present" text="Yes" hint={hint("answer-yes")} onPress={() => onAnswer(1)} />
          <Answer state="cant-tell" text="Can’t tell" hint={hint("answer-unsure")} onPress={() => onAnswer(0)} />
          <Button kind="quiet" onPress={onSkip} keyHint={hint("answer-skip")}>
            Skip for now
          </Button>
        </div>
        <p className="audit-why">Drawn at random and asked without suggestions, so that the model’s quality is judged fairly.</p>
      </div>
    </section>
  );
}

function Answer({ state, text, hint, onPress }: { state: MarkState; text: string; hint: string; onPress: () => void }) {
  return (
    <button type="button" className={`answer answer-${state}`} onClick={onPress}>
      <StateGlyph state={state} size={26} />
      <span>{text}</span>
      <kbd aria-hidden="true">{hint}</kbd>
    </button>
  );
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
