/** When the model has news, the open image and those that stand ready get their new scores in place. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";

import { scoresRead } from "../../api/cache";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { useLiveEvent } from "../../live/useLive";

export function useFreshScores(project: number, images: readonly number[]): void {
  const queries = useQueryClient();
  const latest = useRef(images);
  useEffect(() => {
    latest.current = images;
  });

  const refresh = useCallback(async () => {
    if (latest.current.length === 0) return;
    const query = { images: latest.current.join(",") };
    const answer = await unwrap(api.GET("/api/projects/{project}/scores/", { params: { path: { project }, query } }));
    scoresRead(queries, project, answer);
  }, [project, queries]);

  // A refresh that fails is made good by the next one; old suggestions stay meanwhile.
  const refreshQuietly = () => void refresh().catch(() => undefined);
  useLiveEvent("scores", refreshQuietly);
  useLiveEvent("version", (payload) => {
    if (payload.live) refreshQuietly();
  });
}
