/** Light, dark, or as the system says; put on the root element, where the tokens read it. */
import { useEffect } from "react";

import { usePreference } from "./usePreference";

export type Theme = "system" | "light" | "dark";

export function useTheme(): [Theme, (theme: Theme) => void] {
  return usePreference<Theme>("theme", "system");
}

/** Keeps the root element in step with the preference; used once, at the top. */
export function useThemeOnPage(): void {
  const [theme] = useTheme();
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  }, [theme]);
}
