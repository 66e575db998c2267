/**
 * The help (`?`) and the remapping, both made from the table that binds the keys. `useKeyHelp()` gives the function
 * that opens it; `<KeyHelpProvider>` stands once at the top.
 */
import { createContext, use, useCallback, useMemo, useState } from "react";
import type { ReactNode } from "react";

import { Button } from "../ui/Button";
import { Sheet } from "../ui/Sheet";
import { chordsOf, rivalOf, STANDARD } from "./bindings";
import type { KeyPreferences } from "./bindings";
import { chordOf, printed } from "./chord";
import { KEY_TABLE } from "./table";
import type { KeyAction } from "./table";
import { useKeyPreferences, useKeys } from "./useKeys";
import "./help.css";

const HelpContext = createContext<() => void>(() => undefined);

export function useKeyHelp(): () => void {
  return use(HelpContext);
}

export function KeyHelpProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const show = useCallback(() => setOpen(true), []);
  useKeys(
    "everywhere",
    useMemo(() => ({ help: show }), [show]),
  );
  return (
    <HelpContext value={show}>
      {children}
      <Sheet title="Keys" isOpen={open} onClose={() => setOpen(false)} wide>
        <KeyTable />
      </Sheet>
    </HelpContext>
  );
}

function KeyTable() {
  const [preferences, setPreferences] = useKeyPreferences();
  const [changing, setChanging] = useState<string | null>(null);
  const [clash, setClash] = useState<string | null>(null);
  const groups = Map.groupBy(
    KEY_TABLE.filter((action) => !action.fixed || action.family),
    (action) => action.group,
  );

  const rebind = (action: KeyAction, chord: string) => {
    const rival = rivalOf(action.id, chord, preferences);
    if (rival) {
      setClash(`${printed(chord)} is taken: "${rival.text}". Press another key, or Escape.`);
      return;
    }
    setPreferences((before) => ({ ...before, own: { ...before.own, [action.id]: [chord] } }));
    setChanging(null);
    setClash(null);
  };

  return (
    <div className="keys">
      <div className="keys-top">
        <PresetChoice preferences={preferences} onChange={setPreferences} />
        <p>Click a key to change it. Changes are yours alone and stay on this device.</p>
      </div>
      {clash && (
        <p className="keys-clash" role="alert">
          {clash}
        </p>
      )}
      <div className="keys-groups">
        {[...groups].map(([group, actions]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {actions.map((action) => (
                <div key={action.id} className="keys-line">
                  <dt>
                    <KeyButton
                      action={action}
                      preferences={preferences}
                      changing={changing === action.id}
                      onStart={() => {
                        setChanging(action.id);
                        setClash(null);
                      }}
                      onStop={() => setChanging(null)}
                      onChord={(chord) => rebind(action, chord)}
                    />
                  </dt>
                  <dd>{action.family?.text ?? action.text}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </div>
  );
}

interface PresetProps {
  preferences: KeyPreferences;
  onChange: (preferences: KeyPreferences) => void;
}

function PresetChoice({ preferences, onChange }: PresetProps) {
  return (
    <div className="keys-presets" role="group" aria-label="Layout of the keys">
      <Button
        pressed={preferences.preset === "standard"}
        kind="quiet"
        onPress={() => onChange({ ...preferences, preset: "standard" })}
      >
        Standard
      </Button>
      <Button
        pressed={preferences.preset === "left-hand"}
        kind="quiet"
        onPress={() => onChange({ ...preferences, preset: "left-hand" })}
      >
        Left hand
      </Button>
      <Button
        kind="quiet"
        isDisabled={Object.keys(preferences.own).length === 0}
        onPress={() => onChange({ ...STANDARD, preset: preferences.preset })}
      >
        Undo my changes
      </Button>
    </div>
  );
}

interface KeyButtonProps {
  action: KeyAction;
  preferences: KeyPreferences;
  changing: boolean;
  onStart: () => void;
  onStop: () => void;
  onChord: (chord: string) => void;
}

function KeyButton({ action, preferences, changing, onStart, onStop, onChord }: KeyButtonProps) {
  const chords = chordsOf(action, preferences);
  const shown = chords.map((chord) => <kbd key={chord}>{printed(chord)}</kbd>);
  if (action.family) {
    const [first, last] = action.family.chords;
    return (
      <span className="keys-chords">
        <kbd>{printed(first)}</kbd> … <kbd>{printed(last)}</kbd>
      </span>
    );
  }
  return (
    <button
      type="button"
      className="keys-chords keys-change"
      onClick={onStart}
      onBlur={onStop}
      onKeyDown={(event) => {
        if (!changing || event.key === "Tab") return;
        event.preventDefault();
        event.stopPropagation();
        const chord = chordOf(event.nativeEvent);
        if (chord === "Escape") onStop();
        else if (chord !== null) onChord(chord);
      }}
    >
      {changing ? <em>press a key</em> : shown}
      <span className="hidden-text">{changing ? ` for: ${action.text}` : ` Change the key for: ${action.text}`}</span>
    </button>
  );
}
