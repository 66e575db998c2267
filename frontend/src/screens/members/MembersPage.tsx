/** Who works here and as what; a lead adds people by name and gives them a link that signs them in once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys, useMembers } from "../../api/queries";
import { usePerson } from "../../api/session";
import type { Member, Role, Schemas } from "../../api/types";
import { Button } from "../../ui/Button";
import { Segments, Select } from "../../ui/Choice";
import { Empty, Waiting } from "../../ui/Empty";
import { Field } from "../../ui/Field";
import { Form, FormError, Submit } from "../../ui/Form";
import { Secret } from "../../ui/Secret";
import { Sheet } from "../../ui/Sheet";
import { useThisProject } from "../ProjectFrame";
import { ProjectShell } from "../ProjectShell";
import "./members.css";

const ROLES: readonly { value: Role; text: string; help: string }[] = [
  { value: "annotator", text: "Annotator", help: "Labels pictures and answers questions." },
  { value: "reviewer", text: "Reviewer", help: "Also looks over the marks of others, doubts, and exports." },
  { value: "lead", text: "Lead", help: "Also labels, import, training, members and settings." },
];

const SINCE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

export default function MembersPage() {
  const project = useThisProject();
  const members = useMembers(project.id);
  const [adding, setAdding] = useState(false);
  const lead = project.role === "lead";
  return (
    <ProjectShell
      title="Members"
      lead={lead ? "A new person gets a link that signs in once; nobody’s password passes through you." : "The people who work on this project."}
      actions={
        lead && (
          <Button kind="main" icon="plus" onPress={() => setAdding(true)}>
            Add a person
          </Button>
        )
      }
    >
      {members.isPending && <Waiting what="Reading the members" />}
      {members.isError && !members.data && (
        <Empty title="The members could not be read" tone="bad">
          {sayError(members.error)}
        </Empty>
      )}
      {members.data && (
        <ul className="members part">
          {members.data.map((member) => (
            <MemberRow key={member.id} project={project.id} member={member} canEdit={lead} />
          ))}
        </ul>
      )}
      <AddPerson project={project.id} isOpen={adding} onClose={() => setAdding(false)} />
    </ProjectShell>
  );
}

function MemberRow({ project, member, canEdit }: { project: number; member: Member; canEdit: boolean }) {
  const queries = useQueryClient();
  const self = usePerson().id === member.user.id;
  const [asking, setAsking] = useState(false);
  const reread = () => queries.invalidateQueries({ queryKey: keys.members(project) });
  const path = { project, member: member.id };
  const change = useMutation({
    mutationFn: (role: Role) => unwrap(api.PATCH("/api/projects/{project}/members/{member}/", { params: { path }, body: { role } })),
    onSettled: reread,
  });
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/projects/{project}/members/{member}/", { params: { path } })),
    onSuccess: () => {
      setAsking(false);
      void reread();
    },
  });
  const name = member.user.display_name || member.user.username;
  const error = change.error ?? remove.error;
  return (
    <li className="member">
      <span className="member-who">
        <strong>{name}</strong>
        {self && <span className="tag">you</span>}
        <span className="part-note">
          {member.user.username}, since {SINCE.format(new Date(member.joined_at))}
        </span>
      </span>
      {canEdit ? (
        <Select<Role> label={`Role of ${name}`} hideLabel value={member.role} options={ROLES} onChange={(role) => change.mutate(role)} isDisabled={change.isPending} />
      ) : (
        <span className="tag">{member.role}</span>
      )}
      {canEdit && <Button kind="quiet" icon="bin" label={`Remove ${name}`} onPress={() => setAsking(true)} />}
      {error && (
        <p className="field-error" role="alert">
          {sayError(error)}
        </p>
      )}
      <Sheet title={`Remove ${name}?`} isOpen={asking} onClose={() => setAsking(false)}>
        <div className="form">
          <p>{self ? "You" : name} will not see this project any more. All marks stay as they are.</p>
          <div className="form-end">
            <Button onPress={() => setAsking(false)}>Cancel</Button>
            <Button kind="danger" isDisabled={remove.isPending} onPress={() => remove.mutate()}>
              Remove
            </Button>
          </div>
        </div>
      </Sheet>
    </li>
  );
}

function AddPerson({ project, isOpen, onClose }: { project: number; isOpen: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const [username, setUsername] = useState("");
  const [shown, setShown] = useState("");
  const [role, setRole] = useState<Role>("annotator");
  const invite = useMutation<Schemas["Invited"]>({
    mutationFn: () => unwrap(api.POST("/api/projects/{project}/members/", { params: { path: { project } }, body: { username, role, display_name: shown } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.members(project) }),
  });
  const close = () => {
    invite.reset();
    setUsername("");
    setShown("");
    onClose();
  };
  const added = invite.data;
  return (
    <Sheet title={added ? `${added.user.display_name || added.user.username} is in` : "Add a person"} isOpen={isOpen} onClose={close}>
      {added ? (
        <div className="form">
          {added.one_time_link ? (
            <>
              <p>Give this link to the new person. It signs in once, within a day, and is shown only now.</p>
              <Secret label="One-time link" value={new URL(added.one_time_link, location.origin).href} />
            </>
          ) : (
            <p>This person has an account already and finds the project on the start page.</p>
          )}
          <div className="form-end">
            <Button kind="main" onPress={close}>
              Done
            </Button>
          </div>
        </div>
      ) : (
        <Form className="form" error={invite.error} isPending={invite.isPending} onSubmit={() => invite.mutate()}>
          <Field name="username" label="User name" value={username} onChange={setUsername} isRequired autoFocus help="Of a person who has an account, or a new one." />
          <Field name="display_name" label="Name to show (new people)" value={shown} onChange={setShown} />
          <div className="form-role">
            <Segments<Role> label="Role" value={role} options={ROLES} onChange={setRole} />
            <p className="part-note">{ROLES.find((one) => one.value === role)?.help}</p>
          </div>
          <FormError />
          <div className="form-end">
            <Button onPress={close}>Cancel</Button>
            <Submit isDisabled={username.trim() === ""}>Add</Submit>
          </div>
        </Form>
      )}
    </Sheet>
  );
}
