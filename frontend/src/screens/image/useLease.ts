/**
 * Keeps the open image ours, and those that stand ready: nobody else is given them while we look, also over a reload.
 * Gives the names of the others who have the open image open too.
 */
import { useEffect, useRef, useState } from "react";

import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { useSession } from "../../api/session";
import { useLiveEvent } from "../../live/useLive";
import { useAnnounce } from "../../ui/announce";

/** While somebody else has it, we look so often whether they have gone. */
const LOOK_MS = 5_000;

interface Company {
  image: number | null;
  holder: string | null;
  visitors: ReadonlyMap<number, string>;
}

const NOBODY: ReadonlyMap<number, string> = new Map();

export function useLease(
  project: number,
  image: number | null,
  ahead: readonly number[],
  seconds: number,
): readonly string[] {
  const { person } = useSession();
  const announce = useAnnounce();
  const [company, setCompany] = useState<Company>({ image, holder: null, visitors: NOBODY });
  const ready = useRef(ahead);
  useEffect(() => {
    ready.current = ahead;
  });

  useEffect(() => {
    if (image === null) return;
    let isLeft = false;
    let holder: string | null = null;
    const send = (body: { tell?: boolean; release?: boolean }) =>
      unwrap(
        api.POST("/api/projects/{project}/lease/", {
          params: { path: { project } },
          body: { image, ahead: [...ready.current], tell: false, release: false, ...body },
        }),
      );
    const keep = async (tell: boolean) => {
      const answer = await send({ tell });
      if (isLeft) return;
      const name = answer.holder?.display_name ?? null;
      if (name !== null && holder === null) announce(`${name} has this picture open too.`, { show: true });
      holder = name;
      setCompany((before) => ({ image, holder, visitors: before.image === image ? before.visitors : NOBODY }));
    };
    // A lease that cannot be kept is no loss: marks carry versions, and the server tells of conflicts.
    const quietly = (tell: boolean) => void keep(tell).catch(() => undefined);
    quietly(true);
    const keeping = setInterval(() => quietly(true), Math.max(10, seconds / 3) * 1000);
    const looking = setInterval(() => holder !== null && quietly(false), LOOK_MS);
    return () => {
      isLeft = true;
      clearInterval(keeping);
      clearInterval(looking);
      if (holder !== null) send({ release: true }).catch(() => undefined);
    };
  }, [project, image, seconds, announce]);

  useLiveEvent("together", (news) => {
    if (news.image !== image || news.by === person?.id) return;
    if (news.here && !(company.image === image && company.visitors.has(news.by)))
      announce(`${news.name} has opened this picture too.`, { show: true });
    setCompany((before) => {
      const others = [...(before.image === image ? before.visitors : NOBODY)].filter(([id]) => id !== news.by);
      return {
        image,
        holder: before.image === image ? before.holder : null,
        visitors: new Map(news.here ? [...others, [news.by, news.name]] : others),
      };
    });
  });

  if (company.image !== image) return [];
  return [...new Set([...(company.holder === null ? [] : [company.holder]), ...company.visitors.values()])];
}
