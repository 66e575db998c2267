/** Keeps the open image ours: nobody else is given it while we look, also over a reload. */
import { useEffect } from "react";

import { api } from "../../api/client";

export function useLease(project: number, image: number | null, seconds: number): void {
  useEffect(() => {
    if (image === null) return;
    const keep = () => {
      // A lease that cannot be kept is no loss: marks carry versions, and the server tells of conflicts.
      api.POST("/api/projects/{project}/lease/", { params: { path: { project } }, body: { image } }).catch(() => undefined);
    };
    keep();
    const timer = setInterval(keep, Math.max(10, seconds / 3) * 1000);
    return () => clearInterval(timer);
  }, [project, image, seconds]);
}
