/**
 * News of the model. A page nobody has touched takes them in by itself; one under work only says that there are some,
 * and `take()` makes a new page of them.
 */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { labelToOpenChanged } from "../../api/cache";
import { useLiveEvent } from "../../live/useLive";
import type { Shown } from "./shown";
import type { LabelPageNow } from "./useLabelPage";
import type { PageState } from "./usePageState";

export function useFresh(project: number, page: LabelPageNow, state: PageState, shown: Shown) {
  const queries = useQueryClient();
  const [isFresh, setFresh] = useState(false);
  const take = () => {
    setFresh(false);
    void page.renew();
  };
  const hear = () => (state.untouched && state.cursor === 0 && shown === "unknown" ? take() : setFresh(true));
  useLiveEvent("scores", hear);
  useLiveEvent("version", ({ live }) => live && hear());
  useLiveEvent("scores", () => void labelToOpenChanged(queries, project));
  return { isFresh, take };
}
