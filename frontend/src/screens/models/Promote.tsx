/** Makes a version live, forward to a newer one or back to an older one, after a look at both side by side. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { projectChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import type { Version } from "../../api/types";
import { Button } from "../../ui/Button";
import { Sheet } from "../../ui/Sheet";
import { SideBySide } from "./SideBySide";

interface Props {
  project: number;
  version: Version;
  versions: readonly Version[];
}

export function Promote({ project, version, versions }: Props) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const promote = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/projects/{project}/versions/{number}/promote/", {
          params: { path: { project, number: version.number } },
        }),
      ),
    onSuccess: () => {
      void projectChanged(queries, project);
      setAsking(false);
    },
  });
  if (version.live) return null;
  const live = versions.find((other) => other.live);
  const word = live && version.number < live.number ? "Roll back" : "Make live";
  return (
    <>
      <Button kind="quiet" isDisabled={!version.usable} onPress={() => setAsking(true)}>
        {version.usable ? word : "Files tidied away"}
      </Button>
      <Sheet
        title={`${word}: model ${version.number.toString()}`}
        isOpen={asking}
        onClose={() => setAsking(false)}
        wide
      >
        <div className="form">
          <p>
            All suggestions come from model {version.number} at once
            {live ? `, instead of model ${live.number.toString()}` : ""}. Marks are not touched, and this can be turned
            round.
          </p>
          <SideBySide versions={live ? [live, version] : [version]} />
          {promote.isError && (
            <p className="field-error" role="alert">
              {sayError(promote.error)}
            </p>
          )}
          <div className="form-end">
            <Button onPress={() => setAsking(false)}>Cancel</Button>
            <Button kind="main" isPending={promote.isPending} onPress={() => promote.mutate()}>
              {word}
            </Button>
          </div>
        </div>
      </Sheet>
    </>
  );
}
