/** Labels deleted lately; each comes back with all its marks. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { labelsChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import type { Label } from "../../api/types";
import { Button } from "../../ui/Button";
import { counted } from "../../ui/numbers";

export function Deleted({ project, labels }: { project: number; labels: readonly Label[] }) {
  const queries = useQueryClient();
  const restore = useMutation({
    mutationFn: (label: number) =>
      unwrap(api.POST("/api/projects/{project}/labels/{label}/restore/", { params: { path: { project, label } } })),
    onSuccess: () => labelsChanged(queries, project),
  });
  if (labels.length === 0) return null;
  return (
    <details className="labels-deleted">
      <summary>Deleted ({labels.length})</summary>
      <ul>
        {labels.map((label) => (
          <li key={label.id}>
            <span>
              {label.name} <span className="labels-read">kept for {counted(label.days_left ?? 0, "more day")}</span>
            </span>
            <Button kind="quiet" icon="undo" isDisabled={restore.isPending} onPress={() => restore.mutate(label.id)}>
              Bring back
            </Button>
          </li>
        ))}
      </ul>
      {restore.isError && <p className="field-error">{sayError(restore.error)}</p>}
    </details>
  );
}
