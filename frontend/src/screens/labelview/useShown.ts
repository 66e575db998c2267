/** Which cells of the label are on the page; the address names them, so that a link can. */
import { useSearchParams } from "react-router";

import { isShown } from "./shown";
import type { Shown } from "./shown";

export function useShown(): [Shown, (to: Shown) => void] {
  const [search, setSearch] = useSearchParams();
  const wanted = search.get("show");
  return [
    isShown(wanted) ? wanted : "unknown",
    (to) => setSearch(to === "unknown" ? {} : { show: to }, { replace: true }),
  ];
}
