/** A person's password: chosen after the first entry, set anew after a fresh link, changed with the old one. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";

import { usePerson, useSession } from "../../api/session";
import { Shell } from "../../frame/Shell";
import { useAnnounce } from "../../ui/announce";
import { Switch } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { Form, FormError, Submit } from "../../ui/Form";
import "../../frame/pages.css";

export default function PasswordPage() {
  const { hasPassword } = useSession();
  const { username } = usePerson();
  const title = hasPassword ? "Change your password" : "Choose a password";
  return (
    <Shell trail={[{ text: "Password" }]}>
      <div className="wrap page">
        <header className="page-head">
          <div>
            <h1>{title}</h1>
            <p className="page-lead">
              {hasPassword
                ? "It ends your sessions everywhere else, and every sign-in link that was made for you."
                : `Links sign in once. With a password you come back as “${username}” whenever you like.`}
            </p>
          </div>
        </header>
        <section className="part password" aria-label={title}>
          <PasswordForm username={username} />
        </section>
      </div>
    </Shell>
  );
}

function PasswordForm({ username }: { username: string }) {
  const { hasPassword, needsOldPassword, setPassword } = useSession();
  const announce = useAnnounce();
  const navigate = useNavigate();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [isShown, setShown] = useState(false);
  const save = useMutation({
    mutationFn: () => setPassword(old, fresh),
    onSuccess: () => {
      announce("Password saved. Other places where you were signed in are signed out.", { show: true });
      void navigate("/");
    },
  });
  const type = isShown ? "text" : "password";
  return (
    <Form className="form" error={save.error} isPending={save.isPending} onSubmit={() => save.mutate()}>
      <input hidden readOnly autoComplete="username" value={username} />
      {needsOldPassword && (
        <Field
          name="old_password"
          label="Present password"
          type={type}
          autoComplete="current-password"
          value={old}
          onChange={setOld}
          autoFocus
        />
      )}
      <Field
        name="new_password"
        label="New password"
        type={type}
        autoComplete="new-password"
        value={fresh}
        onChange={setFresh}
        autoFocus={!needsOldPassword}
        help="At least ten characters; a few words are easy to keep in mind."
      />
      <Switch isOn={isShown} onChange={setShown}>
        Show what I type
      </Switch>
      <FormError />
      <div className="form-end">
        <Link className="button" to="/">
          {hasPassword ? "Cancel" : "Later"}
        </Link>
        <Submit isDisabled={fresh === ""}>Save password</Submit>
      </div>
    </Form>
  );
}
