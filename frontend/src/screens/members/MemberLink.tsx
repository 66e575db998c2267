/** A fresh sign-in link for a member whose own was lost, or whose password is; and the way to withdraw an open one. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { membersChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import type { Member } from "../../api/types";
import { Button } from "../../ui/Button";
import { Secret } from "../../ui/Secret";
import { Sheet } from "../../ui/Sheet";

interface Props {
  project: number;
  member: Member;
  name: string;
  isOpen: boolean;
  onClose: () => void;
}

export function MemberLink({ project, member, name, isOpen, onClose }: Props) {
  const queries = useQueryClient();
  const reread = () => membersChanged(queries, project);
  const path = { project, member: member.id };
  const make = useMutation({
    mutationFn: () => unwrap(api.POST("/api/projects/{project}/members/{member}/link/", { params: { path } })),
    onSettled: reread,
  });
  const withdraw = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/projects/{project}/members/{member}/link/", { params: { path } })),
    onSettled: reread,
    onSuccess: () => close(),
  });
  const close = () => {
    make.reset();
    withdraw.reset();
    onClose();
  };
  const error = make.error ?? withdraw.error;
  const refused = member.why_no_link ?? "";
  return (
    <Sheet title={make.data ? `A link for ${name}` : `A new link for ${name}?`} isOpen={isOpen} onClose={close}>
      <div className="form">
        {make.data ? (
          <MadeLink name={name} address={make.data.one_time_link} />
        ) : (
          <p>
            {refused ||
              `For a lost link or a lost password. Links made before stop working; the present password works until ${name} chooses another.`}
          </p>
        )}
        {error && (
          <p className="field-error" role="alert">
            {sayError(error)}
          </p>
        )}
        <div className="form-end">
          {member.link_until && !refused && (
            <Button kind="danger" isPending={withdraw.isPending} onPress={() => withdraw.mutate()}>
              Withdraw the open link
            </Button>
          )}
          {make.data || refused ? (
            <Button kind="main" onPress={close}>
              Done
            </Button>
          ) : (
            <>
              <Button onPress={close}>Cancel</Button>
              <Button kind="main" isPending={make.isPending} onPress={() => make.mutate()} autoFocus>
                Make a link
              </Button>
            </>
          )}
        </div>
      </div>
    </Sheet>
  );
}

function MadeLink({ name, address }: { name: string; address: string }) {
  return (
    <>
      <p>
        Give it to {name}. It signs in once, within a day, and is shown only now. A new password can then be chosen
        without the old one.
      </p>
      <Secret label={`Link for ${name}`} value={new URL(address, location.origin).href} />
    </>
  );
}
