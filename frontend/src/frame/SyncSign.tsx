/** The honest sign: "Saved" only when the server has everything; otherwise how many wait and why. Opens what needs a person. */
import { useEffect, useRef, useState } from "react";
import { Button as AriaButton } from "react-aria-components";

import type { Entry } from "../sync/entry";
import type { OutboxState } from "../sync/outbox";
import { useOutbox } from "../sync/OutboxProvider";
import { useAnnounce } from "../ui/announce";
import { counted } from "../ui/numbers";
import { Troubles } from "./Troubles";
import "./sign.css";

interface Words {
  tone: "saved" | "busy" | "held" | "ask";
  text: string;
}

/** What the sign says. Exported for its test. */
export function signWords(state: OutboxState): Words {
  if (state.sending === "opening") return { tone: "busy", text: "Checking" };
  const waiting = state.entries.filter((entry) => entry.state === "waiting").length;
  const ask = state.entries.length - waiting;
  if (!state.kept && waiting) return { tone: "ask", text: `${waiting.toString()} waiting, not kept on this device` };
  if (state.sending === "signed-out") return { tone: "held", text: `Signed out · ${waiting.toString()} waiting` };
  if (state.sending === "offline" && waiting) return { tone: "held", text: `Offline · ${waiting.toString()} waiting` };
  if (ask) return { tone: "ask", text: `${counted(ask, "needs", "need")} you` };
  if (waiting) return { tone: "busy", text: `${waiting.toString()} waiting` };
  return { tone: "saved", text: "Saved" };
}

export function SyncSign() {
  const state = useOutbox();
  const [open, setOpen] = useState(false);
  const { tone, text } = signWords(state);
  useSpoken(tone, text);
  const troubles = state.entries.filter((entry): entry is Entry => entry.state !== "waiting");
  // Once all is decided it is closed: the next one must not open it in the middle of the work.
  if (open && troubles.length === 0) setOpen(false);
  return (
    <>
      <AriaButton
        className={`sync sync-${tone}`}
        data-testid="sync-sign"
        aria-label={`Saving: ${text}`}
        isDisabled={troubles.length === 0}
        onPress={() => setOpen(true)}
      >
        <span className="sync-dot" aria-hidden="true" />
        <span className="sync-text">{text}</span>
      </AriaButton>
      <Troubles entries={troubles} isOpen={open && troubles.length > 0} onClose={() => setOpen(false)} />
    </>
  );
}

/** Says when work begins to wait or needs somebody, and when all of it has arrived; not every single save. */
function useSpoken(tone: Words["tone"], text: string): void {
  const announce = useAnnounce();
  const last = useRef(tone);
  useEffect(() => {
    const before = last.current;
    if (tone === before || tone === "busy") return;
    last.current = tone;
    if (tone !== "saved" || before === "held" || before === "ask") announce(text);
  }, [tone, text, announce]);
}
