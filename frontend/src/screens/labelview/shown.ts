/** The cells of a label that are marked, as a page of tiles: what charts open, and where marks are looked over. */
import { LIMITS } from "../../api/limits";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import type { LabelPage } from "../../api/types";

export const SHOWN = ["unknown", "present", "absent", "cant_tell"] as const;

/** Which cells of the label are on the page. */
export type Shown = (typeof SHOWN)[number];

export const SHOWN_WORDS: Readonly<Record<Shown, string>> = {
  unknown: "unknown",
  present: "marked present",
  absent: "marked absent",
  cant_tell: "can't tell",
};

export function isShown(text: string | null): text is Shown {
  return SHOWN.some((shown) => shown === text);
}

/** Up to `most` cells in the given state, best score first, in the shape of a label page. */
export async function readShown(project: number, label: number, shown: Shown, most: number): Promise<LabelPage> {
  const standing = unwrap(
    api.GET("/api/projects/{project}/labelview/{label}/", {
      params: { path: { project, label }, query: { limit: 1 } },
    }),
  );
  const tiles: LabelPage["tiles"] = [];
  let cursor: string | undefined;
  do {
    const page = await unwrap(
      api.GET("/api/projects/{project}/images/", {
        params: {
          path: { project },
          query: { label, state: shown, order: "score", limit: LIMITS.imagesAtOnce, cursor },
        },
      }),
    );
    for (const { id, thumbnail, width, height, score, value, version } of page.results) {
      tiles.push({ image: id, thumbnail, width, height, score, value: value ?? 0, version: version ?? 0 });
    }
    cursor =
      page.next === null ? undefined : (new URL(page.next, location.origin).searchParams.get("cursor") ?? undefined);
  } while (cursor !== undefined && tiles.length < most);
  return { ...(await standing), tiles, cut: 0 };
}
