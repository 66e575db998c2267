/**
 * Live announcements for screen readers, and short notes on screen.
 * `const say = useAnnounce(); say("sea: present")` is only heard; `say("Undone: sea", { show: true })` is also seen.
 */
import { createContext, use, useCallback, useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";

import "./announce.css";

interface Options {
  show?: boolean;
  tone?: "plain" | "bad";
}

export type Announce = (text: string, options?: Options) => void;

const AnnounceContext = createContext<Announce>(() => undefined);

export function useAnnounce(): Announce {
  return use(AnnounceContext);
}

interface Note {
  id: number;
  text: string;
  tone: "plain" | "bad";
}

const SHOWN_FOR = 4_500;

export function Announcer({ children }: { children: ReactNode }) {
  const [heard, setHeard] = useState("");
  const [note, setNote] = useState<Note | null>(null);
  const count = useRef(0);

  const announce = useCallback<Announce>((text, options = {}) => {
    count.current += 1;
    // A no-break space makes the same words news again.
    setHeard(count.current % 2 ? text : `${text}\u00a0`);
    if (options.show) setNote({ id: count.current, text, tone: options.tone ?? "plain" });
  }, []);

  useEffect(() => {
    if (!note) return;
    const timer = setTimeout(() => setNote(null), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [note]);

  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="hidden-text" aria-live="polite" role="status">
        {heard}
      </div>
      {note && (
        <div className={`note note-${note.tone}`} key={note.id} aria-hidden="true">
          {note.text}
        </div>
      )}
    </AnnounceContext>
  );
}
