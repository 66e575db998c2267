/** The frame of a project's pages: where you are, the ways to the other pages, and the ways to label. */
import { useEffect, useRef } from "react";
import type { ReactNode } from "react";
import { Link, NavLink } from "react-router";

import { pagesFor } from "./pages";
import { useThisProject } from "./ProjectFrame";
import { Shell } from "./Shell";
import "./pages.css";

interface Props {
  title: string;
  /** What the page is for, in a sentence. */
  lead?: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function ProjectShell({ title, lead, actions, children }: Props) {
  const project = useThisProject();
  const base = `/projects/${project.id.toString()}`;
  const pages = useRef<HTMLElement>(null);
  // On a narrow screen the row of pages scrolls; the present one must be in sight.
  useEffect(() => {
    pages.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, []);
  return (
    <Shell trail={[{ text: project.name, to: base }, ...(title === project.name ? [] : [{ text: title }])]}>
      <div className="pages-bar">
        <nav ref={pages} className="pages" aria-label="Pages of the project">
          {pagesFor(project.role).map((page) => (
            <NavLink
              key={page.to}
              to={page.to ? `${base}/${page.to}` : base}
              end={page.to === ""}
              className="pages-item"
            >
              {page.text}
            </NavLink>
          ))}
        </nav>
        <div className="pages-work">
          <Link className="button" to={`${base}/label`}>
            Image by image
          </Link>
          <Link className="button button-main" to={`${base}/by-label`}>
            Label by label
          </Link>
        </div>
      </div>
      <div className="wrap page">
        <header className="page-head">
          <div>
            <h1>{title}</h1>
            {lead && <p className="page-lead">{lead}</p>}
          </div>
          {actions && <div className="page-actions">{actions}</div>}
        </header>
        {children}
      </div>
    </Shell>
  );
}
