/** Closing says "absent" of all that is unknown. Where the model suggests some of it as present, those are named first. */
import { useCallback, useState } from "react";

import type { Cell } from "../../api/types";
import type { ImageActs } from "./imageActs";

export interface Closing {
  /** The cells the question is about, strongest first; null while none is asked. */
  asked: readonly Cell[] | null;
  /** Close, or ask first. */
  begin: () => void;
  /** They are present, the rest is absent. */
  present: () => void;
  /** They are absent too. */
  absent: () => void;
  back: () => void;
}

/** `suggested` are the cells of the image that are suggested present and unknown; `closes` whether closing says absent. */
export function useClosing(
  image: number,
  suggested: readonly Cell[],
  closes: boolean,
  close: ImageActs["close"],
): Closing {
  const [asking, setAsking] = useState<number | null>(null);
  const back = useCallback(() => setAsking(null), []);
  const isAsked = asking === image && suggested.length > 0;
  const end = (present: readonly Cell[]) => {
    back();
    close(present);
  };
  return {
    asked: isAsked ? suggested : null,
    begin: () => (closes && suggested.length > 0 ? setAsking(image) : close()),
    present: () => end(suggested),
    absent: () => end([]),
    back,
  };
}
