/**
 * Going to another page leaves the focus on nothing, because the link that was pressed is gone. This puts it on the new
 * page's heading as soon as that is there, so that a screen reader says where one is and Tab goes on from there.
 *
 * A page that places the focus itself is left alone, and so is a work screen that keeps what had it.
 */
import { useEffect, useRef } from "react";
import { useLocation } from "react-router";

import { whenThere } from "../ui/whenThere";

const HEADING = "main h1, main .empty h2";

export function RouteFocus() {
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    return whenThere(focusHeading);
  }, [pathname]);
  return null;
}

/** Whether the matter is settled: the heading has the focus, or something else of the new page. */
function focusHeading(): boolean {
  const at = document.activeElement;
  if (at && at !== document.body && at.closest("main")) return true;
  const heading = document.querySelector<HTMLElement>(HEADING);
  if (!heading) return false;
  heading.tabIndex = -1;
  heading.focus();
  return true;
}
