/** The providers around the routes, and the gate that lets nobody in unknown. */
import { QueryClientProvider, useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";
import { BrowserRouter } from "react-router";

import { isSignedOut } from "./api/errors";
import { makeQueryClient } from "./api/queries";
import { SessionProvider, useSession } from "./api/session";
import { PaletteProvider } from "./frame/palette/PaletteProvider";
import { RouteFocus } from "./frame/RouteFocus";
import { KeyHelpProvider } from "./keys/KeyHelp";
import { useThemeOnPage } from "./prefs/useTheme";
import { Screens } from "./routes";
import { SignInAgain, SignInPage } from "./screens/signin/SignIn";
import { OutboxProvider } from "./sync/OutboxProvider";
import { Announcer } from "./ui/announce";
import { Boundary } from "./ui/Boundary";
import { Waiting } from "./ui/Empty";

export function App() {
  const [queries] = useState(makeQueryClient);
  return (
    <QueryClientProvider client={queries}>
      <SessionProvider>
        <Gate />
      </SessionProvider>
    </QueryClientProvider>
  );
}

function Gate() {
  const { person, reportExpired } = useSession();
  const queries = useQueryClient();
  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        if (event.type === "updated" && event.action.type === "error" && isSignedOut(event.action.error))
          reportExpired();
      }),
    [queries, reportExpired],
  );
  useThemeOnPage();
  if (person === undefined) return <Waiting what="Opening Tern" />;
  if (person === null) return <SignInPage />;
  return (
    <Announcer>
      <OutboxProvider key={person.id} person={person.id}>
        <BrowserRouter>
          <KeyHelpProvider>
            <RouteFocus />
            <PaletteProvider>
              <Boundary>
                <Suspense fallback={<Waiting what="Opening" />}>
                  <Screens />
                </Suspense>
              </Boundary>
              <SignInAgain />
            </PaletteProvider>
          </KeyHelpProvider>
        </BrowserRouter>
      </OutboxProvider>
    </Announcer>
  );
}
