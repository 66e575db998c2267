/** Signing in: as a page of its own, and over the page in place when the session has ended in mid-work. */
import { useState } from "react";
import type { FormEvent } from "react";

import { sayError } from "../../api/errors";
import { useSession } from "../../api/session";
import { useOutbox } from "../../sync/OutboxProvider";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Sheet } from "../../ui/Sheet";
import { TernMark } from "../../ui/TernMark";
import { counted, noun } from "../../ui/numbers";
import "./signin.css";

function SignInForm({ username: known = "" }: { username?: string }) {
  const { signIn } = useSession();
  const [username, setUsername] = useState(known);
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    signIn(username, password)
      .catch((reason: unknown) => setError(sayError(reason)))
      .finally(() => setBusy(false));
  };

  return (
    <form className="form" onSubmit={submit}>
      <Field label="Name" name="username" autoComplete="username" value={username} onChange={setUsername} isRequired autoFocus={!known} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        isRequired
        autoFocus={known !== ""}
      />
      {error && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      <Button kind="main" type="submit" isDisabled={busy}>
        Sign in
      </Button>
    </form>
  );
}

export function SignInPage() {
  const { demo } = useSession();
  return (
    <main className="signin">
      <div className="signin-card">
        <div className="signin-mark">
          <TernMark size={56} />
          <h1>Tern</h1>
        </div>
        <p className="signin-what">Say what is in the pictures, what is not, and leave open what nobody has looked at. Tern learns as you go.</p>
        <SignInForm />
        <p className="signin-hint">
          {demo
            ? "This is the demo: the link printed in the console signs you in without a password."
            : "No account? Ask the person who runs this Tern for a one-time link."}
        </p>
      </div>
    </main>
  );
}

/** Opens over the page when the session has ended; whatever waits stays where it is. */
export function SignInAgain() {
  const { expired, person } = useSession();
  const { entries } = useOutbox();
  const waiting = entries.filter((entry) => entry.state === "waiting").length;
  return (
    <Sheet title="Sign in again" isOpen={expired} onClose={() => undefined} canClose={false}>
      <p className="signin-kept">
        Your session has ended. {waiting > 0 ? `${counted(waiting, "mark waits", "marks wait")} on this device and ${noun(waiting, "is", "are")} saved as soon as you are in.` : "Nothing of your work is lost."}
      </p>
      <SignInForm username={person?.username ?? ""} />
    </Sheet>
  );
}
