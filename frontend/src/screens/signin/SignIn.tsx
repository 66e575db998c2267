/** Signing in: as a page of its own, and over the page in place when the session has ended in mid-work. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { useSession } from "../../api/session";
import { useOutbox } from "../../sync/OutboxProvider";
import { Field } from "../../ui/Field";
import { Form, FormError, Submit } from "../../ui/Form";
import { counted, noun } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";
import { TernMark } from "../../ui/TernMark";
import "./signin.css";

function SignInForm({ username: known = "" }: { username?: string }) {
  const { signIn } = useSession();
  const [username, setUsername] = useState(known);
  const [password, setPassword] = useState("");
  const enter = useMutation({ mutationFn: () => signIn(username, password) });

  return (
    <Form className="form" error={enter.error} isPending={enter.isPending} onSubmit={() => enter.mutate()}>
      <Field
        label="Name"
        name="username"
        autoComplete="username"
        value={username}
        onChange={setUsername}
        isRequired
        autoFocus={!known}
      />
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
      <FormError />
      <Submit>Sign in</Submit>
    </Form>
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
        <p className="signin-what">
          Say what is in the pictures, what is not, and leave open what nobody has looked at. Tern learns as you go.
        </p>
        <SignInForm />
        <p className="signin-hint">
          {demo
            ? "This is the demo: the link printed in the console signs you in without a password."
            : "No account, or the password is lost? A lead of your project makes you a one-time link."}
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
        Your session has ended.{" "}
        {waiting > 0
          ? `${counted(waiting, "mark waits", "marks wait")} on this device and ${noun(waiting, "is", "are")} saved as soon as you are in.`
          : "Nothing of your work is lost."}
      </p>
      <SignInForm username={person?.username ?? ""} />
    </Sheet>
  );
}
