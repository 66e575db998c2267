/** What to show where nothing is yet, and what to do about it; also errors (`tone="bad"`) and waiting. */
import type { ReactNode } from "react";

import { TernMark } from "./TernMark";
import "./empty.css";

interface Props {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  tone?: "plain" | "bad";
}

export function Empty({ title, children, action, tone = "plain" }: Props) {
  return (
    <section className="empty" data-tone={tone} role={tone === "bad" ? "alert" : undefined}>
      <TernMark size={44} />
      <h2>{title}</h2>
      {children && <div className="empty-text">{children}</div>}
      {action}
    </section>
  );
}

/** A calm placeholder of the right height while something loads. */
export function Waiting({ what }: { what: string }) {
  return (
    <div className="waiting" role="status">
      <span className="waiting-line" aria-hidden="true" />
      <span>{what}</span>
    </div>
  );
}
