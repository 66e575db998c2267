/** Who works here and as what; a lead adds people, and gives each a link that signs them in once. */
import { useState } from "react";

import { sayError } from "../../api/errors";
import { useMembers } from "../../api/queries";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { Button } from "../../ui/Button";
import { Empty, Waiting } from "../../ui/Empty";
import { AddPeople } from "./AddPeople";
import { MemberRow } from "./MemberRow";
import "./members.css";

export default function MembersPage() {
  const project = useThisProject();
  const members = useMembers(project.id);
  const [adding, setAdding] = useState(false);
  const lead = project.role === "lead";
  return (
    <ProjectShell
      title="Members"
      lead={
        lead
          ? "A new person gets a link that signs in once and then chooses a password; nobody’s password passes through you."
          : "The people who work on this project."
      }
      actions={
        lead && (
          <Button kind="main" icon="plus" onPress={() => setAdding(true)}>
            Add people
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
      <AddPeople project={project.id} isOpen={adding} onClose={() => setAdding(false)} />
    </ProjectShell>
  );
}
