/** The pictures of one state, a page after another, and the acts on them; each act can be taken back as one. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { picturesChanged } from "../../api/cache";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Schemas } from "../../api/types";
import type { Picture } from "../../parts/pictures/reasons";
import { counted } from "../../ui/numbers";

export type PictureState = "usable" | "flagged" | "deleted";
type Act = Schemas["PictureActRequest"];

export function usePictures(project: number, state: PictureState, search: string) {
  return useInfiniteQuery({
    queryKey: [...keys.pictures(project), state, search],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/projects/{project}/pictures/", {
          params: { path: { project }, query: { state, search, after: pageParam } },
        }),
      ),
    initialPageParam: -1,
    getNextPageParam: (page) => page.next,
    staleTime: 0,
  });
}

/** What was done last: in words, and the acts that take it back. */
interface Done {
  text: string;
  back: Act[];
}

export function usePictureActs(project: number) {
  const queries = useQueryClient();
  const [done, setDone] = useState<Done | null>(null);
  const send = useMutation({
    mutationFn: async ({ acts }: { acts: Act[]; done: (changed: readonly number[]) => Done | null }) => {
      const changed: number[] = [];
      for (const body of acts) {
        changed.push(
          ...(await unwrap(api.POST("/api/projects/{project}/pictures/", { params: { path: { project } }, body })))
            .changed,
        );
      }
      return changed;
    },
    onSuccess: async (changed, { done: tell }) => {
      setDone(tell(changed));
      await picturesChanged(queries, project);
    },
  });
  const act = (one: Omit<Act, "images">, pictures: readonly Picture[]) =>
    send.mutate({
      acts: [{ ...one, images: pictures.map((picture) => picture.id) }],
      done: (changed) => ({
        text: sentence(one, changed.length),
        back: inverse(
          one.act,
          pictures.filter((picture) => changed.includes(picture.id)),
        ),
      }),
    });
  const undo = () =>
    done &&
    send.mutate({
      acts: done.back,
      done: (changed) => ({ text: `Taken back for ${counted(changed.length, "picture")}`, back: [] }),
    });
  return { act, undo, done, isSending: send.isPending, error: send.error };
}

function sentence({ act, reason }: Omit<Act, "images">, count: number): string {
  const pictures = counted(count, "picture");
  if (act === "flag") return `${pictures} set aside: ${reason ?? ""}`;
  if (act === "unflag") return `${pictures} in use again`;
  return act === "delete" ? `${pictures} deleted` : `${pictures} brought back`;
}

/** The acts that make the changed pictures what they were: flags come back with the reason that each had. */
export function inverse(act: Act["act"], changed: readonly Picture[]): Act[] {
  if (changed.length === 0) return [];
  if (act === "delete" || act === "restore")
    return [{ act: act === "delete" ? "restore" : "delete", images: changed.map((picture) => picture.id) }];
  return [...Map.groupBy(changed, (picture) => picture.flagged)].map(([reason, pictures]) => ({
    act: reason ? "flag" : "unflag",
    reason,
    images: pictures.map((picture) => picture.id),
  }));
}
