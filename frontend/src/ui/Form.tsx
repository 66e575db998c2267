/**
 * A form that can always be sent again. What the server refused stands at its field and leaves when that field changes.
 *
 *     <Form className="form" error={save.error} isPending={save.isPending} onSubmit={() => save.mutate()}>
 *       <Field name="username" label="User name" value={…} onChange={…} />
 *       <FormError />
 *       <Submit>Save</Submit>
 *     </Form>
 *
 * A control finds its refusal by the `name` that the API gives the entry. `FormError` says the rest, entries without a
 * control included, so that no refusal is silent. The browser's own validation is off: it would hold a refused value
 * against the form before the server has seen the mended one.
 */
import { createContext, use, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";

import { Refused, sayError } from "../api/errors";
import { Button } from "./Button";

interface FormState {
  error: unknown;
  isPending: boolean;
  /** What was refused, without what was changed since. */
  refusals: ReadonlyMap<string, string>;
  /** Names that have a control here. */
  shown: ReadonlySet<string>;
  forget: (name: string) => void;
  show: (name: string) => () => void;
}

const FormContext = createContext<FormState | null>(null);

const NOTHING: ReadonlySet<string> = new Set();

interface Props {
  error: unknown;
  isPending?: boolean;
  onSubmit: () => void;
  className?: string;
  /** Names the form where the page has several. */
  label?: string;
  children: ReactNode;
}

export function Form({ error, isPending = false, onSubmit, className, label, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const [changed, setChanged] = useState<{ since: unknown; names: ReadonlySet<string> }>({
    since: null,
    names: NOTHING,
  });
  const [shown, setShown] = useState(NOTHING);
  const names = changed.since === error ? changed.names : NOTHING;
  const forget = useCallback(
    (name: string) =>
      setChanged((before) => ({
        since: error,
        names: new Set(before.since === error ? [...before.names, name] : [name]),
      })),
    [error],
  );
  const show = useCallback((name: string) => {
    setShown((before) => new Set([...before, name]));
    return () => setShown((before) => new Set([...before].filter((other) => other !== name)));
  }, []);
  const state = useMemo<FormState>(() => {
    const fields = error instanceof Refused ? Object.entries(error.fields) : [];
    const refusals = new Map(
      fields.filter(([name]) => !names.has(name)).map(([name, texts]) => [name, texts.join(" ")]),
    );
    return { error, isPending, refusals, shown, forget, show };
  }, [error, isPending, names, shown, forget, show]);

  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);

  return (
    <FormContext value={state}>
      <form
        ref={form}
        noValidate
        className={className}
        aria-label={label}
        onSubmit={(event) => {
          event.preventDefault();
          // A form in a dialog is no part of the form that its dialog was opened from, though React lets it bubble there.
          event.stopPropagation();
          if (!isPending) onSubmit();
        }}
      >
        {children}
      </form>
    </FormContext>
  );
}

/** What the server refused of the entry `name`, and how to forget it once the entry has changed. */
export function useRefusal(name: string | undefined): { refusal: string | undefined; forget: () => void } {
  const form = use(FormContext);
  const show = form?.show;
  useEffect(() => (name === undefined ? undefined : show?.(name)), [name, show]);
  const refusal = name === undefined ? undefined : form?.refusals.get(name);
  return { refusal, forget: () => name !== undefined && refusal !== undefined && form?.forget(name) };
}

/** What was refused and belongs to no control of the form. */
export function FormError() {
  const form = use(FormContext);
  if (!form?.error) return null;
  const { error, refusals, shown } = form;
  const named = error instanceof Refused && Object.keys(error.fields).length > 0;
  const texts = named
    ? [...refusals].filter(([name]) => !shown.has(name)).map(([name, text]) => `${name}: ${text}`)
    : [sayError(error)];
  if (texts.length === 0) return null;
  return (
    <p className="field-error" role="alert">
      {texts.join(" ")}
    </p>
  );
}

interface SubmitProps {
  children: string;
  isDisabled?: boolean;
  kind?: "main" | "danger" | "plain";
}

/** The button that sends the form. While it is on its way the button keeps the focus, which a disabled one would lose. */
export function Submit({ children, isDisabled = false, kind = "main" }: SubmitProps) {
  const form = use(FormContext);
  return (
    <Button kind={kind} type="submit" isPending={form?.isPending ?? false} isDisabled={isDisabled}>
      {children}
    </Button>
  );
}
