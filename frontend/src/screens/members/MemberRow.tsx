/** One member: role, way in, and out of the project. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import { usePerson } from "../../api/session";
import type { Member, Role } from "../../api/types";
import { Button } from "../../ui/Button";
import { Select } from "../../ui/Choice";
import { Sheet } from "../../ui/Sheet";
import { MemberLink } from "./MemberLink";
import { ROLES } from "./roles";

const SINCE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const UNTIL = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });

export function MemberRow({ project, member, canEdit }: { project: number; member: Member; canEdit: boolean }) {
  const queries = useQueryClient();
  const self = usePerson().id === member.user.id;
  const [asking, setAsking] = useState<"link" | "remove" | null>(null);
  const reread = () => queries.invalidateQueries({ queryKey: keys.members(project) });
  const path = { project, member: member.id };
  const change = useMutation({
    mutationFn: (role: Role) =>
      unwrap(api.PATCH("/api/projects/{project}/members/{member}/", { params: { path }, body: { role } })),
    onSettled: reread,
  });
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/projects/{project}/members/{member}/", { params: { path } })),
    onSuccess: () => {
      setAsking(null);
      void reread();
    },
  });
  const name = member.user.display_name || member.user.username;
  return (
    <li className="member">
      <span className="member-who">
        <strong>{name}</strong>
        {self && <span className="tag">you</span>}
        <span className="part-note">
          {member.user.username}, since {SINCE.format(new Date(member.joined_at))}
        </span>
        {member.has_entered === false && (
          <span className="tag">
            {member.link_until ? `link open until ${UNTIL.format(new Date(member.link_until))}` : "has never come in"}
          </span>
        )}
      </span>
      {canEdit ? (
        <Select<Role>
          label={`Role of ${name}`}
          hideLabel
          value={member.role}
          options={ROLES}
          onChange={(role) => change.mutate(role)}
        />
      ) : (
        <span className="tag">{member.role}</span>
      )}
      {canEdit && (
        <span className="member-acts">
          {!self && (
            <Button icon="link" onPress={() => setAsking("link")} aria-label={`New link for ${name}`}>
              New link
            </Button>
          )}
          <Button kind="quiet" icon="bin" label={`Remove ${name}`} onPress={() => setAsking("remove")} />
        </span>
      )}
      {change.isError && (
        <p className="field-error" role="alert">
          {sayError(change.error)}
        </p>
      )}
      <MemberLink
        project={project}
        member={member}
        name={name}
        isOpen={asking === "link"}
        onClose={() => setAsking(null)}
      />
      <Sheet title={`Remove ${name}?`} isOpen={asking === "remove"} onClose={() => setAsking(null)}>
        <div className="form">
          <p>{self ? "You" : name} will not see this project any more. All marks stay as they are.</p>
          {remove.isError && (
            <p className="field-error" role="alert">
              {sayError(remove.error)}
            </p>
          )}
          <div className="form-end">
            <Button onPress={() => setAsking(null)}>Cancel</Button>
            <Button kind="danger" isPending={remove.isPending} onPress={() => remove.mutate()}>
              Remove
            </Button>
          </div>
        </div>
      </Sheet>
    </li>
  );
}
