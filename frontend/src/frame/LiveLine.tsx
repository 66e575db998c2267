/** The quiet line: the background work of now, and what the model learned last. */
import { useState } from "react";

import type { Job } from "../api/types";
import { useLiveEvent } from "../live/useLive";
import { useAnnounce } from "../ui/announce";
import "./live.css";

const WORDS: Readonly<Record<string, string>> = {
  train: "learning",
  score: "suggesting",
  preview: "reading a name",
  import: "importing",
  export: "exporting",
  close: "closing labels",
};

interface Running {
  word: string;
  percent: number;
  left: number | null;
  message: string;
}

export function LiveLine({ jobs }: { jobs: readonly Job[] }) {
  const announce = useAnnounce();
  const [heard, setHeard] = useState<Running | null | undefined>(undefined);
  const [learned, setLearned] = useState("");

  useLiveEvent("job", ({ kind, state, progress }) => {
    setHeard(state === "running" ? runningOf({ kind, progress }) : null);
  });
  useLiveEvent("version", ({ message, live }) => {
    setLearned(message);
    if (live) announce(message);
  });

  const running = heard === undefined ? fromJobs(jobs) : heard;
  return (
    <p className="live" data-testid="live-line" title={running?.message ?? learned}>
      {running ? (
        <>
          <progress className="live-bar" max={100} value={running.percent} aria-label={running.word} />
          <span className="live-text">
            {running.word} {Math.round(running.percent)}%{leftWords(running.left)}
          </span>
        </>
      ) : (
        <span className="live-text">{learned}</span>
      )}
    </p>
  );
}

function fromJobs(jobs: readonly Job[]): Running | null {
  const job = jobs.find((candidate) => candidate.state === "running");
  return job ? runningOf(job) : null;
}

function runningOf({ kind, progress }: Pick<Job, "kind" | "progress">): Running {
  return {
    word: WORDS[kind] ?? kind,
    percent: progress.percent ?? 0,
    left: progress.seconds_left ?? null,
    message: progress.message ?? "",
  };
}

function leftWords(seconds: number | null): string {
  if (seconds === null) return "";
  return seconds < 90
    ? ` · ${Math.ceil(seconds).toString()} s left`
    : ` · ${Math.round(seconds / 60).toString()} min left`;
}
