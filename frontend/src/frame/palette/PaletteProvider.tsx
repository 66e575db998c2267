/**
 * Stands once at the top, binds the palette's key, and gives `useOpenPalette()`. The palette itself is fetched once the
 * page is at rest, so that it opens in a frame and costs the first paint nothing.
 */
import { createContext, lazy, Suspense, use, useCallback, useEffect, useMemo, useState } from "react";
import type { ReactNode } from "react";

import { useKeys } from "../../keys/useKeys";

const load = () => import("./Palette");
const Palette = lazy(async () => ({ default: (await load()).Palette }));
const REST_MS = 1_500;

const PaletteContext = createContext<() => void>(() => undefined);

export function useOpenPalette(): () => void {
  return use(PaletteContext);
}

export function PaletteProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const show = useCallback(() => setOpen(true), []);
  const hide = useCallback(() => setOpen(false), []);
  useKeys(
    "everywhere",
    useMemo(() => ({ palette: show }), [show]),
  );
  useEffect(() => {
    // Where it cannot be fetched now, opening it asks again.
    const timer = setTimeout(() => void load().catch(() => undefined), REST_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <PaletteContext value={show}>
      {children}
      {open && (
        <Suspense fallback={null}>
          <Palette onClose={hide} />
        </Suspense>
      )}
    </PaletteContext>
  );
}
