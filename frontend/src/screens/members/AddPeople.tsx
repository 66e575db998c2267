/** Adds people: one by name, or as many as are pasted, each with a link of their own. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { membersChanged } from "../../api/cache";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import type { Role, Schemas } from "../../api/types";
import { Button } from "../../ui/Button";
import { Segments } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { Form, FormError, Submit } from "../../ui/Form";
import { counted } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";
import { Links } from "./Links";
import { ROLES } from "./roles";

type Invited = Schemas["Invited"] | Schemas["InvitedLine"];
type How = "one" | "many";

const HOW: readonly { value: How; text: string }[] = [
  { value: "one", text: "One person" },
  { value: "many", text: "A list" },
];

interface Props {
  project: number;
  isOpen: boolean;
  onClose: () => void;
}

interface Draft {
  how: How;
  username: string;
  /** The name to show. */
  shown: string;
  lines: string;
  role: Role;
}

const NOBODY: Draft = { how: "one", username: "", shown: "", lines: "", role: "annotator" };

function useInvite(project: number) {
  const queries = useQueryClient();
  const params = { path: { project } };
  return useMutation<readonly Invited[], Error, Draft>({
    mutationFn: async ({ how, username, shown, lines, role }) => {
      if (how === "many")
        return unwrap(api.POST("/api/projects/{project}/members/lines/", { params, body: { lines, role } }));
      return [
        await unwrap(
          api.POST("/api/projects/{project}/members/", { params, body: { username, role, display_name: shown } }),
        ),
      ];
    },
    onSuccess: () => membersChanged(queries, project),
  });
}

export function AddPeople({ project, isOpen, onClose }: Props) {
  const [draft, setDraft] = useState(NOBODY);
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const invite = useInvite(project);
  const close = () => {
    invite.reset();
    set({ username: "", shown: "", lines: "" });
    onClose();
  };
  const { how, username, lines, role } = draft;
  const people = lines.split("\n").filter((line) => line.trim() !== "").length;
  return (
    <Sheet
      title={invite.data ? titleOf(invite.data) : "Add people"}
      isOpen={isOpen}
      onClose={close}
      wide={how === "many"}
    >
      {invite.data ? (
        <Links invited={invite.data} onDone={close} />
      ) : (
        <Form className="form" error={invite.error} isPending={invite.isPending} onSubmit={() => invite.mutate(draft)}>
          <Segments<How> label="How many" value={how} options={HOW} onChange={(to) => set({ how: to })} />
          {how === "one" ? <OnePerson draft={draft} set={set} /> : <ManyPeople draft={draft} set={set} />}
          <div className="form-role">
            <Segments<Role> label="Role" value={role} options={ROLES} onChange={(to) => set({ role: to })} />
            <p className="part-note">{ROLES.find((one) => one.value === role)?.help}</p>
          </div>
          <FormError />
          <div className="form-end">
            <Button onPress={close}>Cancel</Button>
            <Submit isDisabled={how === "one" ? username.trim() === "" : people === 0}>
              {how === "one" || people === 0 ? "Add" : `Add ${counted(people, "person", "people")}`}
            </Submit>
          </div>
        </Form>
      )}
    </Sheet>
  );
}

interface FieldsProps {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
}

function OnePerson({ draft, set }: FieldsProps) {
  return (
    <>
      <Field
        name="username"
        label="User name"
        value={draft.username}
        onChange={(username) => set({ username })}
        isRequired
        autoFocus
        help="Of a person who has an account, or a new one."
      />
      <Field
        name="display_name"
        label="Name to show (new people)"
        value={draft.shown}
        onChange={(shown) => set({ shown })}
      />
    </>
  );
}

function ManyPeople({ draft, set }: FieldsProps) {
  return (
    <Field
      name="lines"
      label="People, one a line"
      value={draft.lines}
      onChange={(lines) => set({ lines })}
      lines={8}
      autoFocus
      placeholder={"amir\nvera@example.org, reviewer\nJo Smith <jo@example.org>"}
      help="A user name, an e-mail address or a name; a comma and a role where it is another than below. Tern sends no mail: you pass the links on."
    />
  );
}

function titleOf(invited: readonly Invited[]): string {
  const [first] = invited;
  return invited.length === 1 && first
    ? `${first.user.display_name || first.user.username} is in`
    : `${counted(invited.length, "person", "people")} in the list`;
}
