/** One member: role, way in, and out of the project. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ReactNode } from "react";

import { membersChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { usePerson } from "../../api/session";
import type { Member, Role } from "../../api/types";
import { Button } from "../../ui/Button";
import { Select } from "../../ui/Choice";
import { Sheet } from "../../ui/Sheet";
import { MemberLink } from "./MemberLink";
import { ROLES } from "./roles";

const SINCE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const UNTIL = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });

interface Props {
  project: number;
  member: Member;
  canEdit: boolean;
}

export function MemberRow({ project, member, canEdit }: Props) {
  const self = usePerson().id === member.user.id;
  const [asking, setAsking] = useState<"link" | "remove" | null>(null);
  const name = member.user.display_name || member.user.username;
  const dialog = { project, member, name, onClose: () => setAsking(null) };
  return (
    <li className="member">
      <Who member={member} name={name} isSelf={self} />
      <RoleOf project={project} member={member} name={name} canEdit={canEdit}>
        <span className="member-acts">
          {!self && (
            <Button icon="link" onPress={() => setAsking("link")} aria-label={`New link for ${name}`}>
              New link
            </Button>
          )}
          <Button kind="quiet" icon="bin" label={`Remove ${name}`} onPress={() => setAsking("remove")} />
        </span>
      </RoleOf>
      <MemberLink {...dialog} isOpen={asking === "link"} />
      <RemoveMember {...dialog} isSelf={self} isOpen={asking === "remove"} />
    </li>
  );
}

function Who({ member, name, isSelf }: { member: Member; name: string; isSelf: boolean }) {
  return (
    <span className="member-who">
      <strong>{name}</strong>
      {isSelf && <span className="tag">you</span>}
      <span className="part-note">
        {member.user.username}, since {SINCE.format(new Date(member.joined_at))}
      </span>
      {member.has_entered === false && (
        <span className="tag">
          {member.link_until ? `link open until ${UNTIL.format(new Date(member.link_until))}` : "has never come in"}
        </span>
      )}
    </span>
  );
}

/** The role; whoever may change it has the other acts (`children`) beside it. */
function RoleOf({ project, member, name, canEdit, children }: Props & { name: string; children: ReactNode }) {
  const queries = useQueryClient();
  const path = { project, member: member.id };
  const change = useMutation({
    mutationFn: (role: Role) =>
      unwrap(api.PATCH("/api/projects/{project}/members/{member}/", { params: { path }, body: { role } })),
    onSettled: () => membersChanged(queries, project),
  });
  if (!canEdit) return <span className="tag">{member.role}</span>;
  return (
    <>
      <Select<Role>
        label={`Role of ${name}`}
        hideLabel
        value={member.role}
        options={ROLES}
        onChange={(role) => change.mutate(role)}
      />
      {children}
      {change.isError && (
        <p className="field-error" role="alert">
          {sayError(change.error)}
        </p>
      )}
    </>
  );
}

interface RemoveProps {
  project: number;
  member: Member;
  name: string;
  isSelf: boolean;
  isOpen: boolean;
  onClose: () => void;
}

function RemoveMember({ project, member, name, isSelf, isOpen, onClose }: RemoveProps) {
  const queries = useQueryClient();
  const path = { project, member: member.id };
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/projects/{project}/members/{member}/", { params: { path } })),
    onSuccess: () => {
      onClose();
      void membersChanged(queries, project);
    },
  });
  return (
    <Sheet title={`Remove ${name}?`} isOpen={isOpen} onClose={onClose}>
      <div className="form">
        <p>{isSelf ? "You" : name} will not see this project any more. All marks stay as they are.</p>
        {remove.isError && (
          <p className="field-error" role="alert">
            {sayError(remove.error)}
          </p>
        )}
        <div className="form-end">
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="danger" isPending={remove.isPending} onPress={() => remove.mutate()}>
            Remove
          </Button>
        </div>
      </div>
    </Sheet>
  );
}
