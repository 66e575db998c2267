/** The coach: one line above the work, one step at a time. It covers nothing, waits for nothing, and can be sent away. */
import { Fragment } from "react";
import { Link, useLocation } from "react-router";

import { useHint } from "../keys/useKeys";
import { Button } from "../ui/Button";
import { LESSONS } from "./lessons";
import type { Lesson } from "./lessons";
import { useCoach } from "./useCoach";
import "./coach.css";

export function CoachStrip() {
  const { project, lesson, done, leave } = useCoach();
  const { pathname } = useLocation();
  if (project === null) return null;
  const base = `/projects/${project.toString()}`;
  const isThere = lesson !== null && pathname.startsWith(`${base}/${lesson.at}`);
  return (
    <aside className="coach" aria-label="One-minute coach">
      <ol className="coach-steps" aria-label={`${done.toString()} of ${LESSONS.length.toString()} steps done`}>
        {LESSONS.map(({ id }, step) => (
          <li key={id} data-done={step < done || undefined} />
        ))}
      </ol>
      <p className="coach-text" aria-live="polite">
        {lesson ? <Words lesson={lesson} /> : <Done />}
      </p>
      {lesson && !isThere && (
        <Link className="button" to={`${base}/${lesson.at}`}>
          <span className="key-words">Go to {lesson.place}</span>
          <span className="touch-words">Go there</span>
        </Link>
      )}
      <Button
        kind="quiet"
        icon="cross"
        label={lesson ? "Leave the coach; it is in your menu" : "Done"}
        onPress={leave}
      />
    </aside>
  );
}

function Words({ lesson }: { lesson: Lesson }) {
  const hint = useHint();
  const parts = lesson.text.split(/\{(\d)\}/);
  return (
    <>
      <span className="key-words">
        {parts.map((part, place) => {
          const id = place % 2 ? lesson.keys[Number(part)] : undefined;
          return <Fragment key={place}>{id ? <kbd>{hint(id)}</kbd> : part}</Fragment>;
        })}
      </span>
      <span className="touch-words">{lesson.touch}</span>
    </>
  );
}

function Done() {
  const hint = useHint();
  return (
    <>
      That is all of it.{" "}
      <span className="key-words">
        <kbd>{hint("help")}</kbd> shows every key, <kbd>{hint("palette")}</kbd> goes anywhere.
      </span>
      <span className="touch-words">The magnifier at the top goes anywhere.</span>
    </>
  );
}
