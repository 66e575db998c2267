/** Heights of the list's rows in pixels. They follow the size of the text and the kind of pointer while the page is open. */
import { useLayoutEffect, useState } from "react";
import type { RefObject } from "react";

export interface RowSizes {
  row: number;
  head: number;
}

const ROW_REM = 2.4;
const HEAD_REM = 2.1;
const COARSE_ROW_REM = 3;
const COARSE = "(pointer: coarse)";

/** `rem` holds an element that is one rem high. */
export function useRowSizes(rem: RefObject<HTMLElement | null>): RowSizes {
  const [sizes, setSizes] = useState(measure);
  useLayoutEffect(() => {
    const take = () => {
      const now = measure();
      setSizes((before) => (before.row === now.row && before.head === now.head ? before : now));
    };
    const watch = new ResizeObserver(take);
    if (rem.current) watch.observe(rem.current);
    const pointer = matchMedia(COARSE);
    pointer.addEventListener("change", take);
    return () => {
      watch.disconnect();
      pointer.removeEventListener("change", take);
    };
  }, [rem]);
  return sizes;
}

function measure(): RowSizes {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const coarse = matchMedia(COARSE).matches;
  return {
    row: Math.round(rem * (coarse ? COARSE_ROW_REM : ROW_REM)),
    head: Math.round(rem * (coarse ? COARSE_ROW_REM : HEAD_REM)),
  };
}
