/** A job as the socket last told of it; the list itself is only read again when the job changes its state. */
import { useState } from "react";

import type { Job } from "../../api/types";
import { useLiveEvent } from "../../live/useLive";

type News = Pick<Job, "state" | "progress">;

export function useJobNews(job: Job): News {
  const [heard, setHeard] = useState<(News & { of: Job }) | null>(null);
  useLiveEvent("job", ({ job: id, state, progress }) => {
    if (id === job.id) setHeard({ of: job, state, progress });
  });
  return heard?.of === job ? heard : job;
}
