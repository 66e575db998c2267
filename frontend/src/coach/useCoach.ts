/** How far a person is with the coach; remembered per person on this device. */
import { useCallback, useEffect, useMemo } from "react";
import { useMatch } from "react-router";

import { useSession } from "../api/session";
import { usePreference } from "../prefs/usePreference";
import { LESSONS, onPractised } from "./lessons";
import type { Lesson, LessonId } from "./lessons";

interface Progress {
  done: readonly LessonId[];
  /** Sent away; it comes back when it is asked for. */
  isLeft: boolean;
  /** Asked for, so that it also shows outside the demo. */
  isAsked: boolean;
}

const AT_FIRST: Progress = { done: [], isLeft: false, isAsked: false };

export interface Coach {
  /** The project it is about; null when it has nothing to say here. */
  project: number | null;
  /** The next step; null when all are done. */
  lesson: Lesson | null;
  done: number;
  leave: () => void;
}

export function useCoach(): Coach {
  const [progress, setProgress] = usePreference<Progress>("coach", AT_FIRST);
  const { demoProject } = useSession();
  const open = Number(useMatch("/projects/:id/*")?.params.id) || null;
  const isHere = open !== null && !progress.isLeft && (progress.isAsked || open === demoProject);
  useEffect(() => {
    if (!isHere) return;
    return onPractised((lesson) =>
      setProgress((before) => (before.done.includes(lesson) ? before : { ...before, done: [...before.done, lesson] })),
    );
  }, [isHere, setProgress]);
  const leave = useCallback(() => setProgress((before) => ({ ...before, isLeft: true })), [setProgress]);
  return useMemo(
    () => ({
      project: isHere ? open : null,
      lesson: LESSONS.find(({ id }) => !progress.done.includes(id)) ?? null,
      done: progress.done.length,
      leave,
    }),
    [isHere, open, progress.done, leave],
  );
}

/** Starts it again from the first step, wherever the person is. */
export function useStartCoach(): () => void {
  const [, setProgress] = usePreference<Progress>("coach", AT_FIRST);
  return useCallback(() => setProgress({ ...AT_FIRST, isAsked: true }), [setProgress]);
}
