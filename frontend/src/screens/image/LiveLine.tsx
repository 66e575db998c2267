/** The quiet line: what the model is learning right now, and what it learned last. */
import { useState } from "react";

import type { Job } from "../../api/types";
import { useLiveEvent } from "../../live/useLive";
import { useAnnounce } from "../../ui/announce";
import "./live.css";

interface Running {
  percent: number;
  left: number | null;
  message: string;
}

export function LiveLine({ jobs }: { jobs: readonly Job[] }) {
  const announce = useAnnounce();
  const [heard, setHeard] = useState<Running | null | undefined>(undefined);
  const [learned, setLearned] = useState("");

  useLiveEvent("job", ({ state, progress }) => {
    setHeard(state === "running" ? runningOf(progress) : null);
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
          <progress className="live-bar" max={100} value={running.percent} aria-label="Learning" />
          <span className="live-text">
            learning {Math.round(running.percent)}%{leftWords(running.left)}
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
  return job ? runningOf(job.progress) : null;
}

function runningOf(progress: Job["progress"]): Running {
  return { percent: progress.percent ?? 0, left: progress.seconds_left ?? null, message: progress.message ?? "" };
}

function leftWords(seconds: number | null): string {
  if (seconds === null) return "";
  return seconds < 90 ? ` · ${Math.ceil(seconds).toString()} s left` : ` · ${Math.round(seconds / 60).toString()} min left`;
}
