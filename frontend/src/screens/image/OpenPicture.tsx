/** In the image view: set the open picture aside or delete it, and say when it is set aside or gone. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { imageChanged } from "../../api/cache";
import { api } from "../../api/client";
import { Refused, sayError, unwrap } from "../../api/errors";
import { useImage } from "../../api/queries";
import type { Project, Schemas } from "../../api/types";
import { FlagDialog } from "../../parts/pictures/FlagDialog";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";

type Act = Omit<Schemas["PictureActRequest"], "images">;

function useAct(project: number, image: number) {
  const queries = useQueryClient();
  const announce = useAnnounce();
  return useMutation({
    mutationFn: (act: Act) =>
      unwrap(
        api.POST("/api/projects/{project}/pictures/", {
          params: { path: { project } },
          body: { ...act, images: [image] },
        }),
      ),
    onSuccess: (_, { act, reason }) => {
      announce(
        act === "flag"
          ? `Set aside: ${reason ?? ""}`
          : act === "unflag"
            ? "In use again"
            : act === "delete"
              ? "Picture deleted"
              : "Picture brought back",
        { show: true },
      );
      return imageChanged(queries, project, image);
    },
    onError: (error) => announce(sayError(error), { show: true, tone: "bad" }),
  });
}

/** The button in the bar above the picture. */
export function SetAside({ project, image }: { project: Project; image: number | null }) {
  const detail = useImage(project.id, image);
  const [asking, setAsking] = useState(false);
  const act = useAct(project.id, image ?? 0);
  if (!detail.data || detail.isError) return null;
  const { flagged } = detail.data;
  return (
    <>
      <Button
        kind="quiet"
        icon="flag"
        label={flagged ? `Set aside: ${flagged}` : "Set this picture aside"}
        pressed={flagged !== ""}
        isDisabled={act.isPending}
        onPress={() => setAsking(true)}
      />
      <FlagDialog
        count={asking ? 1 : 0}
        flagged={flagged}
        onClose={() => setAsking(false)}
        onFlag={(reason) => act.mutate({ act: "flag", reason })}
      />
    </>
  );
}

/** A line above the picture while it is set aside or deleted, with the way back. */
export function PictureNotice({ project, image }: { project: Project; image: number | null }) {
  const { data, error } = useImage(project.id, image);
  const act = useAct(project.id, image ?? 0);
  const isGone = error instanceof Refused && error.status === 404;
  if (!data || (!isGone && !data.flagged)) return null;
  return (
    <p className="picture-notice" role="status" data-testid="picture-notice">
      {isGone ? (
        <>
          This picture was deleted. What you mark here is kept on this device, not in the project.
          {project.role === "lead" && (
            <Button isDisabled={act.isPending} onPress={() => act.mutate({ act: "restore" })}>
              Bring it back
            </Button>
          )}
        </>
      ) : (
        <>
          Set aside: {data.flagged}
          <Button isDisabled={act.isPending} onPress={() => act.mutate({ act: "unflag" })}>
            Use it again
          </Button>
          {project.role === "lead" && (
            <Button kind="danger" isDisabled={act.isPending} onPress={() => act.mutate({ act: "delete" })}>
              Delete it
            </Button>
          )}
        </>
      )}
    </p>
  );
}
