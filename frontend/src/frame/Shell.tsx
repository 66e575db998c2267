/**
 * The frame of every screen: the bar with the mark, where you are, the saved sign, the theme and the person.
 *
 *     <Shell trail={[{ text: project.name, to: "/projects/3" }]} tools={<Button …/>}>…</Shell>
 *
 * `fill` makes the content exactly as high as the window (work screens); otherwise the page scrolls.
 */
import { useEffect } from "react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { CoachStrip } from "../coach/CoachStrip";
import { useHint } from "../keys/useKeys";
import { Button } from "../ui/Button";
import { TernMark } from "../ui/TernMark";
import { useOpenPalette } from "./palette/PaletteProvider";
import { PersonMenu } from "./PersonMenu";
import { SyncSign } from "./SyncSign";
import "./shell.css";

interface Props {
  trail: readonly { text: string; to?: string }[];
  tools?: ReactNode;
  children: ReactNode;
  fill?: boolean;
}

export function Shell({ trail, tools, children, fill = false }: Props) {
  const title = trail.map((step) => step.text).join(" · ");
  const hint = useHint();
  const openPalette = useOpenPalette();
  useEffect(() => {
    document.title = title ? `${title} · Tern` : "Tern";
  }, [title]);
  return (
    <div className={fill ? "shell shell-fill" : "shell"}>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="shell-bar">
        <Link to="/" className="shell-home" aria-label="Tern: all projects">
          <TernMark />
          <span className="shell-word">Tern</span>
        </Link>
        <nav className="shell-trail" aria-label="Where you are">
          {trail.map((step) => (
            <span key={step.text} className="shell-step">
              {step.to ? <Link to={step.to}>{step.text}</Link> : <span aria-current="page">{step.text}</span>}
            </span>
          ))}
        </nav>
        <div className="shell-tools">{tools}</div>
        <Button kind="quiet" icon="find" label="Go to or do" keyHint={hint("palette")} onPress={openPalette} />
        <SyncSign />
        <PersonMenu />
      </header>
      <CoachStrip />
      <main id="content" className="shell-content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
